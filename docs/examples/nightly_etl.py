"""The nightly ETL: make an EMR Serverless application, run one Spark job on it, report, and clean up.

Plain boto3. It runs unchanged against AWS, where it takes some minutes and costs money, and under
`python -m emrs_mock run docs/examples/nightly_etl.py`, where it does neither.
"""

import argparse
import datetime
import sys
import time

import boto3

POLL_SECONDS = 30
RELEASE = "emr-7.2.0"
BUCKET = "s3://acme-data-lake"
ROLE = "arn:aws:iam::123456789012:role/nightly-etl"
FINAL_STATES = {"SUCCESS", "FAILED", "CANCELLED"}

emr = boto3.client("emr-serverless")


def create_application(name):
    """Create a Spark application that stops automatically if this script fails to stop it."""
    response = emr.create_application(
        name=name,
        type="SPARK",
        releaseLabel=RELEASE,
        maximumCapacity={"cpu": "64 vCPU", "memory": "512 GB", "disk": "2000 GB"},
        autoStopConfiguration={"enabled": True, "idleTimeoutMinutes": 15},
        tags={"team": "data-platform", "pipeline": "nightly-etl"},
    )
    return response["applicationId"]


def wait_for_application(application_id, wanted):
    """Poll until the application is in the state `wanted`."""
    while True:
        application = emr.get_application(applicationId=application_id)["application"]
        print(f"application {application_id} is {application['state']}")
        if application["state"] == wanted:
            return
        time.sleep(POLL_SECONDS)


def start_job_run(application_id, day):
    """Submit the Spark job for one day."""
    response = emr.start_job_run(
        applicationId=application_id,
        name=f"nightly-etl-{day}",
        executionRoleArn=ROLE,
        executionTimeoutMinutes=120,
        jobDriver={
            "sparkSubmit": {
                "entryPoint": f"{BUCKET}/code/nightly_etl/main.py",
                "entryPointArguments": ["--day", str(day), "--output", f"{BUCKET}/curated/orders/"],
                "sparkSubmitParameters": (
                    "--conf spark.driver.cores=2 --conf spark.driver.memory=8g "
                    "--conf spark.executor.cores=4 --conf spark.executor.memory=16g "
                    "--conf spark.executor.instances=4"
                ),
            }
        },
        configurationOverrides={
            "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": f"{BUCKET}/logs/"}},
        },
        tags={"team": "data-platform", "day": str(day)},
    )
    return response["jobRunId"]


def wait_for_job_run(application_id, job_run_id):
    """Poll until the job run has ended, and return it."""
    while True:
        job_run = emr.get_job_run(applicationId=application_id, jobRunId=job_run_id)["jobRun"]
        print(f"job run {job_run_id} is {job_run['state']} {job_run['stateDetails']}".rstrip())
        if job_run["state"] in FINAL_STATES:
            return job_run
        time.sleep(POLL_SECONDS)


def report(job_run):
    """Print the outcome and what AWS bills for it."""
    # An old boto3 does not know what is billed.
    billed = job_run.get("billedResourceUtilization", job_run["totalResourceUtilization"])
    print(f"{job_run['name']}: {job_run['state']} after {job_run['totalExecutionDurationSeconds']} s")
    print(
        f"billed: {billed['vCPUHour']} vCPU-hours, {billed['memoryGBHour']} GB-hours of memory, "
        f"{billed['storageGBHour']} GB-hours of storage"
    )


def main():
    """Run the job for one day; the exit status says whether it succeeded."""
    parser = argparse.ArgumentParser(description="Run the nightly ETL for one day.")
    yesterday = datetime.date.today() - datetime.timedelta(days=1)
    parser.add_argument("--day", type=datetime.date.fromisoformat, default=yesterday)
    day = parser.parse_args().day

    application_id = create_application("nightly-etl")
    wait_for_application(application_id, "CREATED")
    emr.start_application(applicationId=application_id)
    wait_for_application(application_id, "STARTED")
    try:
        job_run = wait_for_job_run(application_id, start_job_run(application_id, day))
        report(job_run)
    finally:
        emr.stop_application(applicationId=application_id)
        wait_for_application(application_id, "STOPPED")
        emr.delete_application(applicationId=application_id)
        wait_for_application(application_id, "TERMINATED")
    return 0 if job_run["state"] == "SUCCESS" else 1


if __name__ == "__main__":
    sys.exit(main())
