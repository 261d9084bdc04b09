#!/usr/bin/env bash
# Starts a job run, and waits for it: what a shell script does with the AWS CLI. Usage: etl.sh URL
set -euo pipefail

emrs() { aws emr-serverless --endpoint-url "$1" --region eu-west-1 --output text "${@:2}"; }

application=$(emrs "$1" create-application --name etl --type SPARK --release-label emr-7.2.0 --query applicationId)
run=$(emrs "$1" start-job-run --application-id "$application" --name nightly \
    --execution-role-arn arn:aws:iam::123456789012:role/etl \
    --job-driver '{"sparkSubmit": {"entryPoint": "s3://code/job.py"}}' --query jobRunId)

while true; do
    state=$(emrs "$1" get-job-run --application-id "$application" --job-run-id "$run" --query jobRun.state)
    case $state in SUCCESS | FAILED | CANCELLED) break ;; esac
done
echo "$state"
