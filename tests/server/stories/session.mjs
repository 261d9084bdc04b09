// The session of tests/server/test_real_clients.py, told by AWS's SDK for JavaScript: node session.mjs URL
import * as sdk from "@aws-sdk/client-emr-serverless";

const client = new sdk.EMRServerlessClient({
  endpoint: process.argv[2], region: "eu-west-1", credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const said = [];
const { applicationId } = await client.send(new sdk.CreateApplicationCommand({
  name: "notebooks", type: "SPARK", releaseLabel: "emr-7.13.0", interactiveConfiguration: { sessionEnabled: true },
}));
const { sessionId } = await client.send(new sdk.StartSessionCommand({
  applicationId, executionRoleArn: "arn:aws:iam::123456789012:role/etl",
}));

async function wait(wanted) {
  for (;;) {
    const { session } = await client.send(new sdk.GetSessionCommand({ applicationId, sessionId }));
    if (session.state === wanted) return session.state;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

said.push(await wait("STARTED"));
said.push(...(await client.send(new sdk.ListSessionsCommand({ applicationId }))).sessions.map((each) => each.state));
await client.send(new sdk.TerminateSessionCommand({ applicationId, sessionId }));
said.push(await wait("TERMINATED"));
console.log(JSON.stringify(said));
