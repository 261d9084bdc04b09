// The story of tests/server/test_real_clients.py, told by AWS's SDK for JavaScript: node story.mjs URL
import {
  EMRServerlessClient, CancelJobRunCommand, CreateApplicationCommand, GetApplicationCommand, GetJobRunCommand,
  ListTagsForResourceCommand, StartJobRunCommand, StopApplicationCommand, TagResourceCommand, paginateListJobRuns,
} from "@aws-sdk/client-emr-serverless";

const client = new EMRServerlessClient({
  endpoint: process.argv[2], region: "eu-west-1", credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const said = {};
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

const application = await client.send(new CreateApplicationCommand({
  name: "etl", type: "SPARK", releaseLabel: "emr-7.2.0", tags: { team: "data" }, autoStopConfiguration: { enabled: false },
}));
const applicationId = application.applicationId;

async function submit(name) {
  const run = await client.send(new StartJobRunCommand({
    applicationId, name, executionRoleArn: "arn:aws:iam::123456789012:role/etl", executionTimeoutMinutes: 60,
    jobDriver: { sparkSubmit: { entryPoint: "s3://code/job.py", entryPointArguments: ["--day", "2026-01-31"] } },
    configurationOverrides: { monitoringConfiguration: { s3MonitoringConfiguration: { logUri: "s3://logs/" } } },
    tags: { name },
  }));
  return run.jobRunId;
}

async function wait(jobRunId, states) {
  for (;;) {
    const { jobRun } = await client.send(new GetJobRunCommand({ applicationId, jobRunId }));
    if (states.includes(jobRun.state)) return jobRun.state;
    await sleep(0.01);
  }
}

const ends = ["SUCCESS", "FAILED", "CANCELLED"];
said.success = await wait(await submit("good"), ends);
said.failure = await wait(await submit("bad"), ends);
const slow = await submit("slow");
await wait(slow, ["RUNNING"]);
await client.send(new CancelJobRunCommand({ applicationId, jobRunId: slow }));
said.cancelled = await wait(slow, ends);
await submit("lost");
said.names = [];
for await (const page of paginateListJobRuns({ client, pageSize: 2 }, { applicationId })) {
  said.names.push(...page.jobRuns.map((run) => run.name));
}
await client.send(new TagResourceCommand({ resourceArn: application.arn, tags: { stage: "test" } }));
said.tags = (await client.send(new ListTagsForResourceCommand({ resourceArn: application.arn }))).tags;
said.state = (await client.send(new GetApplicationCommand({ applicationId }))).application.state;
said.errors = [];
const refused = [
  new GetApplicationCommand({ applicationId: "00aaaaaaaaaaaaaa" }),
  new GetJobRunCommand({ applicationId, jobRunId: "!" }),
];
for (const command of refused) {
  try {
    await client.send(command);
  } catch (error) {
    said.errors.push(error.name);
  }
}
console.log(JSON.stringify(said));
