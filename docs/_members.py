"""What becomes of each member of the service model: the text of docs/coverage.md, checked by tests/docs.

Keyed by where the member is and by its path: `*` is each item of a list or map, `.**` at the end is the member and all
within it. A path says nothing of a member's shape; that is the model's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

NEWEST = "1.44.5"
"""The botocore whose model is described here."""

SOURCES = ("documented", "captured", "live-tested", "moto", "assumed", "the model")
"""Where a description comes from, best first; what each means is said in docs/facts.md."""


class Member(NamedTuple):
    """What a member does, who says so, and where it can be seen: response members of the model, and tests."""

    effect: str
    source: str
    proof: tuple[str, ...] = ()


def _(effect: str, source: str, *proof: str) -> Member:
    return Member(effect, source, proof)


_ECHOED = "test_15_11_what_an_application_was_created_with_is_echoed"
_KEPT = "test_3_7_every_member_of_the_request_is_kept_and_shown"
_ROUND = "test_what_a_client_sends_is_what_the_mock_reads"
_IN_STATES = "test_3_7_a_field_is_there_in_exactly_these_states"
_MERGED = "test_3_8_parameters_win_over_overrides_over_the_application_over_defaults"
_NO_EFFECT = "kept and shown; nothing is"

# What can be said of an application when it is created, and mostly when it is updated.
_APPLICATION: Mapping[str, Member] = {
    "releaseLabel": _(
        "the release must exist and have the engine; features before their release are refused",
        "documented §12",
        "Application.releaseLabel",
        "test_2_2_what_the_release_does_not_have_cannot_be_created",
    ),
    "initialCapacity": _(
        "starting takes `Timing.initial_capacity` longer; job runs that it serves whole are not kept waiting for "
        "workers; counts into `maximumCapacity`; replaced as a whole, `{}` takes it away",
        "documented §4.4",
        "Application.initialCapacity",
    ),
    "initialCapacity.*.workerCount": _("so many workers", "documented §4.4", "Application.initialCapacity"),
    "initialCapacity.*.workerConfiguration.**": _(
        "the size must exist; spelled as the service does",
        "captured §2.5",
        "Application.initialCapacity",
        "test_2_5_sizes_are_shown_with_a_space_and_awss_units",
        "test_2_5_the_shuffle_disk_type_is_shown_in_upper_case",
    ),
    "maximumCapacity.**": _(
        "what all job runs together may take: later ones wait, or get fewer executors; one that can never fit fails",
        "documented §4.5",
        "Application.maximumCapacity",
        "test_2_2_a_started_application_takes_the_updates_that_its_refusal_lists",
    ),
    "autoStartConfiguration.**": _(
        "whether a submission starts the application; on by default",
        "documented §2.4",
        "Application.autoStartConfiguration",
        "test_2_2_without_auto_start_only_a_started_or_starting_application_takes_job_runs",
    ),
    "autoStopConfiguration.**": _(
        "whether, and after how many minutes without job runs and sessions, the application stops; 15 by default",
        "documented §2.4",
        "Application.autoStopConfiguration",
        "test_2_1_an_idle_application_stops_by_itself",
    ),
    "networkConfiguration.**": _(
        f"{_NO_EFFECT} reached; job runs and sessions show what was there at their submission",
        "documented §3.7",
        "Application.networkConfiguration",
        "test_3_7_a_job_run_shows_its_application_as_it_was_at_submission",
    ),
    "architecture": _("kept and shown; `X86_64` by default", "captured §2.4", "Application.architecture", _ECHOED),
    "imageConfiguration.**": _(
        "from 6.9.0 on; its digest is shown once the application has been STARTED; an empty one takes it away",
        "documented §13",
        "Application.imageConfiguration",
        "test_2_4_an_empty_value_in_an_update_takes_the_member_away",
    ),
    "workerTypeSpecifications.**": _(
        "images by worker type, with their digests; types are spelled as the service does",
        "documented §13",
        "Application.workerTypeSpecifications",
        "test_2_2_a_started_application_takes_the_updates_that_its_refusal_lists",
    ),
    "runtimeConfiguration.**": _(
        "`spark-defaults` and `hive-site` say what workers job runs get unless these say otherwise; `*-log4j2` from "
        "6.8.0 on",
        "documented §3.8",
        "Application.runtimeConfiguration",
        _MERGED,
    ),
    "monitoringConfiguration.**": _(
        f"{_NO_EFFECT} logged yet; Prometheus from 7.1.0 on",
        "documented §12",
        "Application.monitoringConfiguration",
        _ECHOED,
    ),
    "diskEncryptionConfiguration.**": _(
        f"{_NO_EFFECT} encrypted; an empty one takes it away",
        "documented §2.4",
        "Application.diskEncryptionConfiguration",
        "test_2_4_an_empty_value_in_an_update_takes_the_member_away",
    ),
    "interactiveConfiguration": _("kept and shown", "captured §2.10", "Application.interactiveConfiguration", _ECHOED),
    "interactiveConfiguration.studioEnabled": _(
        "from 6.14.0 on; no Studio is there", "documented §12", "Application.interactiveConfiguration", _ECHOED
    ),
    "interactiveConfiguration.livyEndpointEnabled": _(
        "from 6.14.0 on; no endpoint is there", "documented §12", "Application.interactiveConfiguration", _ECHOED
    ),
    "interactiveConfiguration.sessionEnabled": _(
        "whether StartSession is possible; from 7.13.0 on", "documented §10", "Application.interactiveConfiguration"
    ),
    "schedulerConfiguration": _(
        "from 7.0.0 on, and there by default from 7.3.0 on; `{}` turns it off, one member fills in the other",
        "captured §2.4",
        "Application.schedulerConfiguration",
        "test_2_4_the_scheduler_is_on_by_default_from_7_3_on",
    ),
    "schedulerConfiguration.maxConcurrentRuns": _(
        "1 to 1,000 (15): job runs beyond are QUEUED; more lets those in who wait",
        "documented §3.4",
        "Application.schedulerConfiguration",
        "test_3_4_the_queue_is_first_in_first_out",
        "test_3_4_more_concurrency_lets_those_in_who_wait",
    ),
    "schedulerConfiguration.queueTimeoutMinutes": _(
        "15 to 720 (360): a job run that is QUEUED longer is cancelled",
        "documented §3.4",
        "Application.schedulerConfiguration",
        "test_3_4_a_job_run_that_is_queued_too_long_is_cancelled",
    ),
    "identityCenterConfiguration.**": _(
        f"{_NO_EFFECT} propagated", "documented §13", "Application.identityCenterConfiguration"
    ),
    "jobLevelCostAllocationConfiguration.**": _(
        f"{_NO_EFFECT} allocated", "documented §13", "Application.jobLevelCostAllocationConfiguration"
    ),
}

_OVERRIDES = "configurationOverrides"

REQUESTS: Mapping[str, Mapping[str, Member]] = {
    "CreateApplication UpdateApplication": _APPLICATION,
    "CreateApplication": {
        "name": _("kept and shown", "documented §2.3", "Application.name"),
        "type": _(
            "Spark or Hive, in any letter case",
            "captured §2.3",
            "Application.type",
            "test_15_09_engines_are_taken_in_any_case_and_shown_in_one",
        ),
        "tags": _("the tags to begin with", "documented §9", "Application.tags", _ECHOED),
    },
    "StartJobRun": {
        "executionRoleArn": _(
            "a role of another account is refused; any other is taken", "moto §3.3", "JobRun.executionRole", _KEPT
        ),
        "executionIamPolicy.**": _(
            "its length and its policies' account are checked; nothing is restricted",
            "documented §13",
            "JobRun.executionIamPolicy",
            _KEPT,
        ),
        "jobDriver": _(
            "must be there, and of the application's engine",
            "assumed §16",
            "JobRun.jobDriver",
            "test_16_a_driver_of_the_other_engine_is_refused",
            "test_16_a_job_run_without_a_driver_is_refused",
        ),
        "jobDriver.sparkSubmit": _(
            "a Spark job", "documented §3.7", "JobRun.jobDriver", "test_3_7_every_member_of_a_driver_is_kept_and_shown"
        ),
        "jobDriver.sparkSubmit.entryPoint": _(
            "not run; `emr.when(entry_point=)` matches it", "documented §3.7", "JobRun.jobDriver"
        ),
        "jobDriver.sparkSubmit.entryPointArguments": _(
            "not run; `emr.when(argument=)` matches them", "documented §3.7", "JobRun.jobDriver"
        ),
        "jobDriver.sparkSubmit.sparkSubmitParameters": _(
            "read as a shell would: the sizes and the number of the workers",
            "documented §4.2",
            "JobRun.totalResourceUtilization",
            "test_4_2_submit_parameters_are_read_as_a_shell_would",
            _MERGED,
        ),
        "jobDriver.hive": _(
            "a Hive job", "documented §3.7", "JobRun.jobDriver", "test_3_7_every_member_of_a_driver_is_kept_and_shown"
        ),
        "jobDriver.hive.query": _("not run; `emr.when(query=)` matches it", "documented §3.7", "JobRun.jobDriver"),
        "jobDriver.hive.initQueryFile": _("not run", "documented §3.7", "JobRun.jobDriver"),
        "jobDriver.hive.parameters": _(
            "`--hiveconf`: the sizes of the workers",
            "documented §4.3",
            "JobRun.totalResourceUtilization",
            "test_4_3_hive_parameters_set_properties_in_the_same_way",
        ),
        _OVERRIDES: _(
            "merged over what the application is configured to have; shown as given, with managed logs on",
            "documented §3.8",
            "JobRun.configurationOverrides",
            "test_3_7_overrides_are_shown_as_given_with_managed_logs_on",
            "test_15_11_empty_configuration_overrides_are_accepted",
        ),
        f"{_OVERRIDES}.applicationConfiguration.**": _(
            "`spark-defaults`, `hive-site`: the workers; empty properties remove the application's",
            "documented §3.8",
            "JobRun.configurationOverrides",
            "test_3_8_the_job_runs_classification_is_merged_into_the_applications",
            "test_3_8_a_classification_without_properties_removes_the_applications",
        ),
        f"{_OVERRIDES}.monitoringConfiguration.**": _(
            f"{_NO_EFFECT} logged yet; Prometheus from 7.1.0 on",
            "captured §3.7",
            "JobRun.configurationOverrides",
            "test_15_11_a_job_runs_monitoring_is_echoed",
        ),
        f"{_OVERRIDES}.diskEncryptionConfiguration.**": _(
            f"{_NO_EFFECT} encrypted", "the model", "JobRun.configurationOverrides", _KEPT
        ),
        "tags": _("the tags to begin with; the application's are not inherited", "documented §9", "JobRun.tags", _KEPT),
        "executionTimeoutMinutes": _(
            "a BATCH job run is cancelled so long after it first ran; 720 by default, at least 5, from 7.11.0 on at "
            "most 10,080; STREAMING has none",
            "documented §3.3",
            "JobRun.executionTimeoutMinutes",
            "test_3_1_a_job_run_that_lasts_too_long_is_cancelled",
            "test_3_6_a_time_out_counts_from_the_first_start_and_is_not_tried_again",
        ),
        "name": _("kept and shown; `emr.when(name=)` matches it", "captured §3.7", "JobRun.name", _KEPT),
        "mode": _(
            "BATCH or STREAMING, which has no time-out, restarts, and 120 s to shut down; from 7.1.0 on",
            "documented §3.6",
            "JobRun.mode",
            "test_3_7_a_streaming_job_run_shows_its_mode_and_no_time_out",
        ),
        "retryPolicy": _(
            "from 7.1.0 on; each mode has its own kind",
            "documented §3.6",
            "JobRun.retryPolicy",
            "test_3_6_a_retry_policy_fits_its_mode_and_has_bounds",
        ),
        "retryPolicy.maxAttempts": _(
            "1 to 10 attempts of a BATCH job run",
            "documented §3.6",
            "JobRun.attempt",
            "test_3_6_the_next_attempt_starts_at_once_in_pending",
        ),
        "retryPolicy.maxFailedAttemptsPerHour": _(
            "1 to 10 (5) failures of a STREAMING job run within an hour end it",
            "documented §3.6",
            "JobRun.attempt",
            "test_3_6_a_streaming_job_run_fails_when_it_fails_too_often_within_an_hour",
        ),
        "flexExecution.**": _(f"{_NO_EFFECT} slower or cheaper", "the model", "JobRun.flexExecution", _KEPT),
    },
    "StartSession": {
        "executionRoleArn": _("a role of another account is refused", "moto §3.3", "Session.executionRoleArn"),
        f"{_OVERRIDES}.**": _(
            "`spark-defaults` of `runtimeConfiguration` says what workers it gets",
            "documented §10",
            "Session.configurationOverrides",
            "test_10_a_session_has_the_workers_of_its_configuration",
        ),
        "tags": _("the tags to begin with", "the model", "Session.tags"),
        "idleTimeoutMinutes": _(
            "it ends when it has been idle so long; 60 by default", "documented §10", "Session.idleTimeoutMinutes"
        ),
        "name": _("kept and shown", "the model", "Session.name"),
    },
    "CancelJobRun": {
        "shutdownGracePeriodInSeconds": _(
            "a RUNNING job run is CANCELLING so long, and billed; from 7.9.0 on; 120 for STREAMING, else none",
            "documented §3.5",
            "JobRun.endedAt",
            "test_3_5_a_running_job_run_may_take_its_time_to_shut_down",
            "test_3_5_a_streaming_job_run_has_two_minutes_to_shut_down",
        ),
    },
    "GetJobRun GetDashboardForJobRun": {
        "attempt": _(
            "state and moments of that attempt, its dashboard; one that was not made is a 404",
            "documented §3.6",
            "JobRun.attempt",
            "test_3_7_an_attempt_that_is_asked_for_shows_its_own_state_and_moments",
            "test_3_6_an_attempt_that_has_not_been_made_is_a_404",
        ),
    },
    "Get*Dashboard*": {
        "accessSystemProfileLogs": _("nothing: there are no such logs", "documented §10", "GetDashboardForJobRun.url"),
    },
    "GetResourceDashboard": {
        "resourceId": _("the session's id", "documented §1.5", "GetResourceDashboard.url"),
        "resourceType": _("SESSION is the only one", "the model", "GetResourceDashboard.url"),
    },
    "List*": {
        "nextToken": _(
            "the page after the one that gave it, whatever has changed; another list's is refused",
            "assumed §16",
            "ListJobRuns.nextToken",
            "test_15_06_every_job_run_is_cancelled_although_pages_shrink_meanwhile",
        ),
        "maxResults": _(
            "1 to 50 on a page; 50 by default",
            "assumed §16",
            "ListJobRuns.nextToken",
            "test_15_06_every_job_run_is_cancelled_although_pages_shrink_meanwhile",
        ),
        "states": _(
            "only these, grouped in this order; applications that are TERMINATED only if named",
            "documented §8",
            "JobRunSummary.state",
            "test_2_8_a_deleted_application_is_listed_only_if_asked_for",
        ),
        "createdAtAfter": _("not before this moment", "assumed §16", "JobRunSummary.createdAt"),
        "createdAtBefore": _("not after this moment", "assumed §16", "JobRunSummary.createdAt"),
        "mode": _("only job runs of this mode", "the model", "JobRunSummary.mode"),
    },
    "*Resource": {
        "resourceArn": _(
            "an application, job run or session of the account and region; any other is a 404",
            "documented §9",
            "ListTagsForResource.tags",
        ),
    },
    "TagResource": {
        "tags": _("added, or changed; at most 50, none of AWS's own", "documented §9", "ListTagsForResource.tags"),
    },
    "UntagResource": {
        "tagKeys": _("removed; those that are not there are nothing", "assumed §16", "ListTagsForResource.tags"),
    },
    "*": {
        "applicationId": _(
            "an application of the account and region; an unknown one is a 404",
            "live-tested §2.2",
            "Application.applicationId",
            "test_2_2_an_unknown_application_is_a_404",
            "test_1_2_what_is_in_one_region_is_unknown_in_another",
        ),
        "jobRunId": _(
            "a job run of that application; an unknown one is a 404",
            "live-tested §3.5",
            "JobRun.jobRunId",
            "test_3_5_an_unknown_job_run_is_a_404",
        ),
        "sessionId": _("a session of that application; an unknown one is a 404", "the model", "Session.sessionId"),
        "clientToken": _(
            "the same request again gets the same answer, another one ConflictException; never shown",
            "documented §7",
            "StartJobRun.jobRunId",
            "test_15_08_a_token_that_is_sent_at_every_poll_starts_one_job_run",
            "test_3_7_a_client_token_is_never_shown",
        ),
    },
}
"""By operations (shell patterns)."""

_TIMES = "test_3_7_the_moments_of_a_job_run_are_those_of_its_moves"
_SUMS = "test_3_6_the_totals_of_a_job_run_are_sums_over_its_attempts"

ANSWERS: Mapping[str, Mapping[str, Member]] = {
    "Application ApplicationSummary": {
        "applicationId": _(
            "as real ones: it tells when and where it was made",
            "captured §1.1",
            "test_1_1_the_end_of_an_id_tells_region_and_kind",
        ),
        "id": _("the application's id", "captured §2.11", "test_2_11_a_row_of_a_list_shows_a_part_of_the_application"),
        "arn": _(
            "with the region's partition",
            "documented §1.2",
            "test_1_2_arns_have_the_regions_partition_and_a_slash_after_the_colon",
        ),
        "name": _("if one was given", "documented §2.3", "test_2_3_an_application_without_a_name_has_none_anywhere"),
        "releaseLabel": _("as given", "captured §2.9", "test_2_9_a_captured_hive_application_is_answered_as_captured"),
        "type": _("`Spark` or `Hive`", "captured §2.3", "test_15_09_engines_are_taken_in_any_case_and_shown_in_one"),
        "state": _(
            "by the [table](states.md#applications)",
            "documented §2.1",
            "test_2_1_an_application_lives_from_creating_to_terminated",
        ),
        "stateDetails": _(
            "always there, if only empty",
            "captured §2.6",
            "test_2_6_state_details_say_who_started_and_who_stopped",
            "test_15_10_an_application_always_has_state_details",
        ),
        "createdAt": _(
            "when it was created", "captured §2.11", "test_2_11_a_row_of_a_list_shows_a_part_of_the_application"
        ),
        "updatedAt": _(
            "when the state or the configuration changed last, whoever looks when",
            "captured §2.11",
            "test_2_7_a_timed_move_happens_at_its_moment_and_not_before",
            "test_2_3_an_update_answers_with_the_whole_application",
        ),
        "tags": _("as they are now, `{}` if there are none", "captured §2.4", _ECHOED),
        "architecture": _("`X86_64` unless given", "captured §2.4", _ECHOED),
        "autoStartConfiguration.**": _(
            "as given, filled in", "captured §2.4", "test_2_4_what_is_given_comes_before_the_defaults"
        ),
        "autoStopConfiguration.**": _(
            "as given, filled in", "captured §2.4", "test_2_4_what_is_given_comes_before_the_defaults"
        ),
        "schedulerConfiguration.**": _(
            "as given, filled in; there by default from 7.3.0 on",
            "documented §2.4",
            "test_2_4_the_scheduler_is_on_by_default_from_7_3_on",
        ),
        "initialCapacity.**": _(
            "if given, spelled as the service does", "captured §2.5", "test_2_5_worker_types_are_shown_in_camel_case"
        ),
        "maximumCapacity.**": _(
            "if given, spelled as the service does",
            "captured §2.5",
            "test_2_5_sizes_are_shown_with_a_space_and_awss_units",
        ),
        "imageConfiguration.**": _(
            "if given; `resolvedImageDigest` from the first STARTED on",
            "documented §13",
            "test_2_4_an_empty_value_in_an_update_takes_the_member_away",
        ),
        "workerTypeSpecifications.**": _("if given; digests from the first STARTED on", "documented §13"),
        "networkConfiguration.**": _("if given", "documented §2.4"),
        "runtimeConfiguration.**": _("if given", "captured §2.10", _ECHOED),
        "monitoringConfiguration.**": _("if given", "captured §2.10", _ECHOED),
        "diskEncryptionConfiguration.**": _(
            "if given", "documented §2.4", "test_2_4_an_empty_value_in_an_update_takes_the_member_away"
        ),
        "interactiveConfiguration.**": _("if given", "captured §2.10", _ECHOED),
        "identityCenterConfiguration": _("if given", "documented §13"),
        "identityCenterConfiguration.identityCenterInstanceArn": _("if given", "the model"),
        "identityCenterConfiguration.identityCenterApplicationArn": _("never: no application is made", "assumed §13"),
        "identityCenterConfiguration.userBackgroundSessionsEnabled": _("if given", "the model"),
        "jobLevelCostAllocationConfiguration.**": _("if given", "documented §13"),
    },
    "JobRun JobRunSummary JobRunAttemptSummary": {
        "applicationId": _("its application", "captured §3.7", _IN_STATES),
        "jobRunId": _(
            "as real ones: it tells when and where it was made",
            "captured §1.1",
            "test_1_1_the_end_of_an_id_tells_region_and_kind",
        ),
        "id": _("the job run's id, of an attempt too", "the model", "test_1_2_an_attempt_has_its_job_runs_id_and_arn"),
        "arn": _("the job run's, of an attempt too", "the model", "test_1_2_an_attempt_has_its_job_runs_id_and_arn"),
        "name": _("if given", "captured §3.7", _KEPT),
        "type": _("`Spark` or `Hive`", "assumed §3.7", "test_3_7_a_row_of_a_list_shows_a_part_of_the_job_run"),
        "createdBy": _(
            "the caller's ARN", "captured §1.4", "test_1_4_created_by_is_the_caller_in_the_regions_partition"
        ),
        "createdAt": _("of the job run; of an attempt its own", "documented §3.7", _TIMES),
        "jobCreatedAt": _("of the job run", "documented §3.7", "test_3_7_a_row_of_the_attempts_belongs_to_its_job_run"),
        "updatedAt": _("when the state changed last, whoever looks when", "documented §3.7", _TIMES),
        "executionRole": _("the request's `executionRoleArn`", "captured §3.7", _KEPT),
        "executionIamPolicy.**": _("if given", "documented §3.7", _KEPT),
        "state": _(
            "by the [table](states.md#job-runs); of the newest attempt, or the one that is asked for",
            "documented §3.1",
            "test_3_1_a_job_run_is_in_each_state_from_its_moment_on",
        ),
        "stateDetails": _(
            "AWS's texts by state; at most 256 characters",
            "captured §3.2",
            "test_3_2_each_state_has_its_text",
            "test_3_2_what_a_failed_job_run_says_is_cut_to_256_characters",
        ),
        "releaseLabel": _(
            "the application's at submission", "documented §3.7", "test_3_7_a_job_run_shows_the_release_that_it_ran_on"
        ),
        f"{_OVERRIDES}.**": _(
            "as given, with managed logs on",
            "captured §3.7",
            "test_3_7_overrides_are_shown_as_given_with_managed_logs_on",
        ),
        "jobDriver.**": _("as given", "captured §3.7", "test_3_7_every_member_of_a_driver_is_kept_and_shown"),
        "tags": _("as they are now, `{}` if there are none", "captured §3.7", _KEPT, _IN_STATES),
        "networkConfiguration.**": _(
            "the application's at submission",
            "documented §3.7",
            "test_3_7_a_job_run_shows_its_application_as_it_was_at_submission",
        ),
        "imageConfiguration.**": _(
            "the application's at submission",
            "documented §3.7",
            "test_3_7_a_job_run_shows_its_application_as_it_was_at_submission",
        ),
        "workerTypeSpecifications.**": _("the application's at submission", "documented §3.7"),
        "executionTimeoutMinutes": _(
            "720 unless given; not of STREAMING",
            "captured §3.7",
            "test_3_7_a_job_run_of_which_little_is_said_shows_the_defaults",
        ),
        "mode": _(
            "BATCH unless given", "documented §3.7", "test_3_7_a_job_run_of_which_little_is_said_shows_the_defaults"
        ),
        "retryPolicy.**": _("if given", "documented §3.7", _KEPT),
        "flexExecution.**": _("if given", "the model", _KEPT),
        "attempt": _("from 1", "documented §3.6", "test_3_6_a_list_shows_the_attempt_that_a_job_run_is_in"),
        "attemptCreatedAt": _("when the attempt began", "documented §3.7", _TIMES),
        "attemptUpdatedAt": _("when the attempt changed last", "documented §3.7", _TIMES),
        "startedAt": _("from the first RUNNING of the attempt on", "documented §3.7", _TIMES, _IN_STATES),
        "endedAt": _("when it has ended", "documented §3.7", _TIMES, _IN_STATES),
        "queuedDurationMilliseconds": _(
            "once it has been QUEUED", "assumed §3.7", "test_3_7_a_job_run_shows_how_long_it_was_queued"
        ),
        "totalExecutionDurationSeconds": _("when it has ended: of all attempts", "documented §3.7", _IN_STATES, _SUMS),
        "totalResourceUtilization.**": _(
            "when it has ended: workers × seconds of all attempts",
            "documented §5",
            _IN_STATES,
            _SUMS,
            "test_3_7_the_captured_job_run_took_382_seconds_of_small_workers",
        ),
        "billedResourceUtilization.**": _(
            "the same, at least a minute a worker, storage above 20 GB",
            "documented §5",
            _IN_STATES,
            "test_5_a_worker_costs_a_minute_at_least",
            "test_5_storage_costs_above_20_gb_of_each_worker",
        ),
    },
    "Session SessionSummary": {
        "applicationId": _("its application", "the model"),
        "sessionId": _("made as those of job runs", "assumed §1.1"),
        "arn": _(
            "below its application's", "documented §1.2", "test_1_2_the_arn_of_a_session_is_below_its_applications"
        ),
        "name": _("if given", "the model"),
        "state": _("by the [table](states.md#sessions)", "documented §10"),
        "stateDetails": _("empty", "assumed §16"),
        "releaseLabel": _("the application's at the start", "assumed §10"),
        "executionRoleArn": _("as given", "the model"),
        "createdBy": _("the caller's ARN", "captured §1.4"),
        "createdAt": _("when it was asked for", "the model"),
        "updatedAt": _("when the state changed last", "the model"),
        "startedAt": _("from STARTED on", "the model"),
        "endedAt": _("when it has ended", "the model"),
        "idleSince": _("in STARTED and IDLE: since when", "assumed §16"),
        f"{_OVERRIDES}.**": _("as given", "the model"),
        "networkConfiguration.**": _("the application's at the start", "assumed §10"),
        "idleTimeoutMinutes": _("60 unless given", "documented §10"),
        "tags": _("as they are now", "documented §9"),
        "totalExecutionDurationSeconds": _("when it has ended", "assumed §16"),
        "totalResourceUtilization.**": _("when it has ended: workers × seconds", "documented §5"),
        "billedResourceUtilization.**": _("the same, at least a minute a worker", "documented §5"),
    },
    "CreateApplication Start* CancelJobRun TerminateSession": {
        "applicationId": _("the application's id", "documented §2.3", "test_2_3_creating_answers_with_id_name_and_arn"),
        "jobRunId": _("the job run's id", "documented §3.3", "test_3_3_submission_answers_with_application_id_and_arn"),
        "sessionId": _("the session's id", "documented §10"),
        "arn": _("the new record's ARN", "documented §2.3", "test_2_3_creating_answers_with_id_name_and_arn"),
        "name": _("if given", "documented §2.3", "test_2_3_an_application_without_a_name_has_none_anywhere"),
    },
    "Get* Update* List*": {
        "application": _("the whole application", "the model", "test_2_3_an_update_answers_with_the_whole_application"),
        "jobRun": _("the whole job run", "the model", _IN_STATES),
        "session": _("the whole session", "the model"),
        "applications": _("a page of them, newest first", "assumed §16"),
        "jobRuns": _(
            "a page of them, newest first",
            "documented §8",
            "test_15_07_an_application_without_job_runs_has_an_empty_list",
        ),
        "jobRunAttempts": _(
            "a page of them, newest first",
            "assumed §16",
            "test_3_6_attempts_are_listed_newest_first_each_with_its_own_moments",
        ),
        "sessions": _("a page of them, newest first", "assumed §16"),
        "nextToken": _(
            "if there is more", "documented §8", "test_15_06_every_job_run_is_cancelled_although_pages_shrink_meanwhile"
        ),
        "tags": _("as they are now", "documented §9"),
        "url": _(
            "a dashboard's address, which nobody serves, with a token for an hour",
            "captured §1.5",
            "test_15_12_a_job_run_has_a_dashboard_right_after_the_start_while_it_runs_and_after_failure",
        ),
    },
    "GetSessionEndpoint": {
        "applicationId": _("the application's id", "documented §1.6"),
        "sessionId": _("the session's id", "documented §1.6"),
        "endpoint": _("an address, which nobody serves", "documented §1.6"),
        "authToken": _("good for an hour", "documented §1.6"),
        "authTokenExpiresAt": _("in an hour of the mock's clock", "documented §1.6"),
    },
}
"""By the shapes of records, and by operations (shell patterns)."""
