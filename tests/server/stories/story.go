// The story of tests/server/test_real_clients.py, told by AWS's SDK for Go: go run story.go URL
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/emrserverless"
	"github.com/aws/aws-sdk-go-v2/service/emrserverless/types"
	"github.com/aws/smithy-go"
)

var ctx = context.Background()

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	client := emrserverless.New(emrserverless.Options{
		Region:           "eu-west-1",
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		EndpointResolver: emrserverless.EndpointResolverFromURL(os.Args[1]),
	})
	said := map[string]any{}
	application := must(client.CreateApplication(ctx, &emrserverless.CreateApplicationInput{
		Name: aws.String("etl"), Type: aws.String("SPARK"), ReleaseLabel: aws.String("emr-7.2.0"),
		Tags: map[string]string{"team": "data"}, AutoStopConfiguration: &types.AutoStopConfig{Enabled: aws.Bool(false)},
	}))
	id := application.ApplicationId

	submit := func(name string) *string {
		return must(client.StartJobRun(ctx, &emrserverless.StartJobRunInput{
			ApplicationId: id, Name: aws.String(name),
			ExecutionRoleArn:        aws.String("arn:aws:iam::123456789012:role/etl"),
			ExecutionTimeoutMinutes: aws.Int64(60),
			JobDriver: &types.JobDriverMemberSparkSubmit{Value: types.SparkSubmit{
				EntryPoint: aws.String("s3://code/job.py"), EntryPointArguments: []string{"--day", "2026-01-31"},
			}},
			ConfigurationOverrides: &types.ConfigurationOverrides{MonitoringConfiguration: &types.MonitoringConfiguration{
				S3MonitoringConfiguration: &types.S3MonitoringConfiguration{LogUri: aws.String("s3://logs/")},
			}},
			Tags: map[string]string{"name": name},
		})).JobRunId
	}
	wait := func(run *string, states ...types.JobRunState) types.JobRunState {
		for {
			shown := must(client.GetJobRun(ctx, &emrserverless.GetJobRunInput{ApplicationId: id, JobRunId: run}))
			for _, state := range states {
				if shown.JobRun.State == state {
					return state
				}
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	ends := []types.JobRunState{types.JobRunStateSuccess, types.JobRunStateFailed, types.JobRunStateCancelled}

	said["success"] = wait(submit("good"), ends...)
	said["failure"] = wait(submit("bad"), ends...)
	slow := submit("slow")
	wait(slow, types.JobRunStateRunning)
	must(client.CancelJobRun(ctx, &emrserverless.CancelJobRunInput{ApplicationId: id, JobRunId: slow}))
	said["cancelled"] = wait(slow, ends...)
	submit("lost")

	names := []string{}
	pages := emrserverless.NewListJobRunsPaginator(client, &emrserverless.ListJobRunsInput{
		ApplicationId: id, MaxResults: aws.Int32(2),
	})
	for pages.HasMorePages() {
		for _, run := range must(pages.NextPage(ctx)).JobRuns {
			names = append(names, *run.Name)
		}
	}
	said["names"] = names

	must(client.TagResource(ctx, &emrserverless.TagResourceInput{
		ResourceArn: application.Arn, Tags: map[string]string{"stage": "test"},
	}))
	said["tags"] = must(client.ListTagsForResource(ctx, &emrserverless.ListTagsForResourceInput{
		ResourceArn: application.Arn,
	})).Tags
	said["state"] = must(client.GetApplication(ctx, &emrserverless.GetApplicationInput{ApplicationId: id})).Application.State

	codes := []string{}
	_, missing := client.GetApplication(ctx, &emrserverless.GetApplicationInput{ApplicationId: aws.String("00aaaaaaaaaaaaaa")})
	_, invalid := client.GetJobRun(ctx, &emrserverless.GetJobRunInput{ApplicationId: id, JobRunId: aws.String("!")})
	for _, err := range []error{missing, invalid} {
		var refused smithy.APIError
		if errors.As(err, &refused) {
			codes = append(codes, refused.ErrorCode())
		}
	}
	said["errors"] = codes
	fmt.Println(string(must(json.Marshal(said))))
}
