// Starts a job run, and waits for it. npm install @aws-sdk/client-emr-serverless; node etl.mjs
// The SDK reads AWS_ENDPOINT_URL_EMR_SERVERLESS, AWS_REGION and the keys from the environment.
import {
  EMRServerlessClient, CreateApplicationCommand, GetJobRunCommand, StartJobRunCommand,
} from "@aws-sdk/client-emr-serverless";

const client = new EMRServerlessClient({});
const { applicationId } = await client.send(new CreateApplicationCommand({
  name: "etl", type: "SPARK", releaseLabel: "emr-7.2.0",
}));
const { jobRunId } = await client.send(new StartJobRunCommand({
  applicationId, name: "nightly", executionRoleArn: "arn:aws:iam::123456789012:role/etl",
  jobDriver: { sparkSubmit: { entryPoint: "s3://code/job.py" } },
}));

let state;
do {
  await new Promise((resolve) => setTimeout(resolve, 50));
  state = (await client.send(new GetJobRunCommand({ applicationId, jobRunId }))).jobRun.state;
} while (!["SUCCESS", "FAILED", "CANCELLED"].includes(state));
console.log(state);
