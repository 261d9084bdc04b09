// Starts a job run, and waits for it: go run etl.go URL
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/emrserverless"
	"github.com/aws/aws-sdk-go-v2/service/emrserverless/types"
)

func main() {
	ctx := context.Background()
	// Newer versions of the SDK read AWS_ENDPOINT_URL_EMR_SERVERLESS, and need no resolver.
	client := emrserverless.New(emrserverless.Options{
		Region:           "eu-west-1",
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		EndpointResolver: emrserverless.EndpointResolverFromURL(os.Args[1]),
	})
	application, err := client.CreateApplication(ctx, &emrserverless.CreateApplicationInput{
		Name: aws.String("etl"), Type: aws.String("SPARK"), ReleaseLabel: aws.String("emr-7.2.0"),
	})
	if err != nil {
		log.Fatal(err)
	}
	run, err := client.StartJobRun(ctx, &emrserverless.StartJobRunInput{
		ApplicationId:    application.ApplicationId,
		Name:             aws.String("nightly"),
		ExecutionRoleArn: aws.String("arn:aws:iam::123456789012:role/etl"),
		JobDriver: &types.JobDriverMemberSparkSubmit{
			Value: types.SparkSubmit{EntryPoint: aws.String("s3://code/job.py")},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for {
		shown, err := client.GetJobRun(ctx, &emrserverless.GetJobRunInput{
			ApplicationId: run.ApplicationId, JobRunId: run.JobRunId,
		})
		if err != nil {
			log.Fatal(err)
		}
		switch state := shown.JobRun.State; state {
		case types.JobRunStateSuccess, types.JobRunStateFailed, types.JobRunStateCancelled:
			fmt.Println(state)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}
