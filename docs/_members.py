"""The effect of each member of the service model: the text of docs/coverage.md, checked by tests/docs.

The keys are the operation or record, and the path of the member: `*` is each item of a list or map, `.**` at the end
includes all nested members. The shape of a member is in the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

NEWEST = "1.44.5"
"""The botocore whose model is described here."""

SOURCES = ("documented", "captured", "live-tested", "moto", "assumed", "the model")
"""The sources of descriptions, best first; docs/facts.md explains them."""


class Member(NamedTuple):
    """The effect of a member, its source, and its proof: response members of the model, and tests."""

    effect: str
    source: str
    proof: tuple[str, ...] = ()


def described(effect: str, source: str, *proof: str) -> Member:
    """Describe a member. `proof` are members of answers, and names of tests."""
    return Member(effect, source, proof)


_BOUNDS = "test_16_both_bounds_of_creation_are_inclusive"
_ECHOED = "test_15_11_what_an_application_was_created_with_is_echoed"
_SESSION = "test_10_a_session_shows_what_it_was_started_with"
_KEPT = "test_3_7_every_member_of_the_request_is_kept_and_shown"
_GATES = "test_16_an_application_may_use_what_its_release_has"
_IN_STATES = "test_3_7_a_field_is_there_in_exactly_these_states"
_MERGED = "test_3_8_parameters_win_over_overrides_over_the_application_over_defaults"
_NO_EFFECT = "kept and shown; nothing is"
_DELIVERED = "kept and shown; with `deliver=` it gives the destinations of logs"
_MONITORED = "test_3_8_the_job_runs_monitoring_is_merged_over_the_applications"

# What can be said of an application when it is created, and mostly when it is updated.
_APPLICATION: Mapping[str, Member] = {
    "releaseLabel": described(
        "the release must exist and have the engine; features before their release are refused",
        "documented §12",
        "Application.releaseLabel",
        "test_12_other_releases_do_not_exist",
        "test_16_an_application_may_use_what_its_release_has",
    ),
    "initialCapacity": described(
        "starting takes `Timing.initial_capacity` longer; job runs that fit into it do not wait for workers; "
        "counts into `maximumCapacity`; replaced as a whole, `{}` removes it",
        "documented §4.4",
        "Application.initialCapacity",
        "test_4_4_pre_initialised_workers_are_there_at_once",
        "test_4_5_idle_pre_initialised_workers_are_part_of_the_maximum",
    ),
    "initialCapacity.*.workerCount": described(
        "the number of workers",
        "documented §4.4",
        "Application.initialCapacity",
        "test_4_5_initial_workers_fit_into_the_maximum_all_together",
    ),
    "initialCapacity.*.workerConfiguration.**": described(
        "the size must exist; spelled as the service does",
        "captured §2.5",
        "Application.initialCapacity",
        "test_16_initial_workers_have_one_of_the_sizes_exactly",
        "test_2_5_sizes_are_shown_with_a_space_and_awss_units",
        "test_2_5_the_shuffle_disk_type_is_shown_in_upper_case",
    ),
    "maximumCapacity.**": described(
        "what all job runs together may take: executors wait for capacity, a job run whose driver does not fit fails",
        "documented §4.5",
        "Application.maximumCapacity",
        "test_3_2_a_driver_that_does_not_fit_beside_what_runs_fails",
        "test_5_the_captured_contention_comes_to_3_366_gb_hours",
        "test_4_5_a_job_run_whose_driver_fits_runs_with_the_executors_that_fit",
        "test_4_5_a_job_run_whose_driver_can_never_fit_fails",
    ),
    "autoStartConfiguration.**": described(
        "whether a submission starts the application; on by default",
        "documented §2.4",
        "Application.autoStartConfiguration",
        "test_2_2_without_auto_start_only_a_started_or_starting_application_takes_job_runs",
    ),
    "autoStopConfiguration.**": described(
        "whether, and after how many minutes without job runs and sessions, the application stops; 15 by default",
        "documented §2.4",
        "Application.autoStopConfiguration",
        "test_2_1_an_idle_application_stops_by_itself",
        "test_2_1_an_application_without_auto_stop_stays_started",
    ),
    "networkConfiguration.**": described(
        f"{_NO_EFFECT} reached; job runs and sessions show what was there at their submission",
        "documented §3.7",
        "Application.networkConfiguration",
        "test_3_7_a_job_run_shows_its_application_as_it_was_at_submission",
    ),
    "architecture": described(
        "kept and shown; `X86_64` by default", "captured §2.4", "Application.architecture", _ECHOED
    ),
    "imageConfiguration.**": described(
        "from 6.9.0 on; its digest is shown once the application has been STARTED; an update without `imageUri` "
        "removes it; not beside `workerTypeSpecifications`; while STARTED only without initial capacity",
        "documented §13",
        "Application.imageConfiguration",
        "test_13_a_new_image_configuration_names_an_image",
        "test_2_4_an_update_that_names_no_image_takes_it_away",
        "test_2_2_images_of_a_started_application_with_initial_capacity_stay",
    ),
    "workerTypeSpecifications.**": described(
        "images by worker type, with their digests; types are the engine's, spelled as the service does",
        "documented §13",
        "Application.workerTypeSpecifications",
        "test_4_4_worker_type_specifications_are_of_the_engines_worker_types",
        "test_13_images_are_named_in_one_place",
        "test_2_2_a_started_application_takes_the_updates_that_its_refusal_lists",
    ),
    "runtimeConfiguration.**": described(
        "`spark-defaults` and `hive-site` set the default workers of job runs; `*-log4j2` from 6.8.0 on; a "
        "classification that does not exist is refused",
        "documented §3.8",
        "Application.runtimeConfiguration",
        _MERGED,
        "test_12_an_application_with_a_classification_that_does_not_exist_is_refused",
    ),
    "monitoringConfiguration.**": described(
        f"{_DELIVERED}; Prometheus from 7.1.0 on",
        "documented §3.8",
        "Application.monitoringConfiguration",
        _ECHOED,
        _MONITORED,
    ),
    "diskEncryptionConfiguration.**": described(
        f"{_NO_EFFECT} encrypted; an empty one removes it",
        "documented §2.4",
        "Application.diskEncryptionConfiguration",
        "test_2_4_an_empty_value_in_an_update_takes_the_member_away",
    ),
    "interactiveConfiguration": described(
        "kept and shown", "captured §2.10", "Application.interactiveConfiguration", _ECHOED
    ),
    "interactiveConfiguration.studioEnabled": described(
        "from 6.14.0 on; there is no Studio", "documented §12", "Application.interactiveConfiguration", _GATES
    ),
    "interactiveConfiguration.livyEndpointEnabled": described(
        "from 6.14.0 on; there is no endpoint", "documented §12", "Application.interactiveConfiguration", _GATES
    ),
    "interactiveConfiguration.sessionEnabled": described(
        "whether StartSession is possible; from 7.13.0 on",
        "documented §10",
        "Application.interactiveConfiguration",
        "test_16_sessions_have_to_be_enabled",
    ),
    "schedulerConfiguration": described(
        "from 7.0.0 on, and there by default from 7.3.0 on; `{}` turns it off, one member fills in the other",
        "captured §2.4",
        "Application.schedulerConfiguration",
        "test_2_4_the_scheduler_is_on_by_default_from_7_3_on",
    ),
    "schedulerConfiguration.maxConcurrentRuns": described(
        "1 to 1,000 (15): job runs beyond are QUEUED; a larger number admits queued ones",
        "documented §3.4",
        "Application.schedulerConfiguration",
        "test_3_4_the_queue_is_first_in_first_out",
        "test_3_4_more_concurrency_lets_those_in_who_wait",
    ),
    "schedulerConfiguration.queueTimeoutMinutes": described(
        "15 to 720 (360): a job run that is QUEUED longer is cancelled",
        "documented §3.4",
        "Application.schedulerConfiguration",
        "test_3_4_a_job_run_that_is_queued_too_long_is_cancelled",
    ),
    "identityCenterConfiguration.**": described(
        f"{_NO_EFFECT} propagated", "documented §13", "Application.identityCenterConfiguration"
    ),
    "jobLevelCostAllocationConfiguration.**": described(
        f"{_NO_EFFECT} allocated", "documented §13", "Application.jobLevelCostAllocationConfiguration"
    ),
}

_OVERRIDES = "configurationOverrides"

REQUESTS: Mapping[str, Mapping[str, Member]] = {
    "CreateApplication UpdateApplication": _APPLICATION,
    "CreateApplication": {
        "name": described("kept and shown", "documented §2.3", "Application.name"),
        "type": described(
            "Spark or Hive, in any letter case",
            "captured §2.3",
            "Application.type",
            "test_15_09_engines_are_taken_in_any_case_and_shown_in_one",
        ),
        "tags": described("the initial tags", "documented §9", "Application.tags", _ECHOED),
    },
    "StartJobRun": {
        "executionRoleArn": described(
            "a role of another account is refused; any other is accepted",
            "moto §3.3",
            "JobRun.executionRole",
            "test_3_3_a_role_of_another_account_is_refused",
            "test_3_3_a_role_that_does_not_exist_is_accepted_at_submission",
        ),
        "executionIamPolicy.**": described(
            "its length and its policies' account are checked; nothing is restricted",
            "documented §13",
            "JobRun.executionIamPolicy",
            "test_13_an_inline_policy_has_at_most_2048_characters",
            "test_13_a_policy_and_the_arns_of_others_have_2048_characters_together",
            "test_13_a_managed_policy_of_another_account_is_refused",
        ),
        "jobDriver": described(
            "must be there, and of the application's engine",
            "assumed §16",
            "JobRun.jobDriver",
            "test_16_a_driver_of_the_other_engine_is_refused",
            "test_16_a_job_run_without_a_driver_is_refused",
        ),
        "jobDriver.sparkSubmit": described(
            "a Spark job", "documented §3.7", "JobRun.jobDriver", "test_3_7_every_member_of_a_driver_is_kept_and_shown"
        ),
        "jobDriver.sparkSubmit.entryPoint": described(
            "not run; `emr.when(entry_point=)` matches it", "documented §3.7", "JobRun.jobDriver"
        ),
        "jobDriver.sparkSubmit.entryPointArguments": described(
            "not run; `emr.when(argument=)` matches them", "documented §3.7", "JobRun.jobDriver"
        ),
        "jobDriver.sparkSubmit.sparkSubmitParameters": described(
            "read as a shell would: the sizes and the number of the workers; those that do not exist are refused",
            "documented §4.2",
            "JobRun.totalResourceUtilization",
            "test_16_workers_that_do_not_exist_are_refused_at_submission",
            "test_4_2_submit_parameters_are_read_as_a_shell_would",
            _MERGED,
        ),
        "jobDriver.hive": described(
            "a Hive job", "documented §3.7", "JobRun.jobDriver", "test_3_7_every_member_of_a_driver_is_kept_and_shown"
        ),
        "jobDriver.hive.query": described(
            "not run; `emr.when(query=)` matches it", "documented §3.7", "JobRun.jobDriver"
        ),
        "jobDriver.hive.initQueryFile": described("not run", "documented §3.7", "JobRun.jobDriver"),
        "jobDriver.hive.parameters": described(
            "`--hiveconf`: the sizes of the workers; the scratch directory and the warehouse must be named, here or in "
            "`hive-site`",
            "documented §4.3",
            "JobRun.totalResourceUtilization",
            "test_4_3_a_hive_job_run_without_its_directories_is_refused",
            "test_4_3_hive_parameters_set_properties_in_the_same_way",
        ),
        _OVERRIDES: described(
            "merged over what the application is configured to have; shown as given, with managed logs on",
            "documented §3.8",
            "JobRun.configurationOverrides",
            "test_3_7_overrides_are_shown_as_given_with_managed_logs_on",
            "test_15_11_empty_configuration_overrides_are_accepted",
        ),
        f"{_OVERRIDES}.applicationConfiguration.**": described(
            "`spark-defaults`, `hive-site`: the workers; a classification replaces the application's, an empty one "
            "removes it; one that does not exist is refused",
            "documented §3.8",
            "JobRun.configurationOverrides",
            "test_3_8_a_job_runs_spark_defaults_replace_the_applications",
            "test_12_a_job_run_with_a_classification_that_does_not_exist_is_refused",
            "test_3_8_a_classification_without_properties_removes_the_applications",
        ),
        f"{_OVERRIDES}.monitoringConfiguration.**": described(
            f"{_DELIVERED}; its members override the application's; Prometheus from 7.1.0 on",
            "documented §3.8",
            "JobRun.configurationOverrides",
            "test_15_11_a_job_runs_monitoring_is_echoed",
            _MONITORED,
        ),
        f"{_OVERRIDES}.diskEncryptionConfiguration.**": described(
            f"{_NO_EFFECT} encrypted", "the model", "JobRun.configurationOverrides", _KEPT
        ),
        "tags": described(
            "the initial tags; the application's are not inherited",
            "documented §9",
            "JobRun.tags",
            "test_9_a_job_run_has_its_own_tags_not_its_applications",
        ),
        "executionTimeoutMinutes": described(
            "a BATCH job run is cancelled this long after its first RUNNING; 720 by default, at least 5, from 7.11.0 "
            "on at most 10,080; STREAMING has none",
            "documented §3.3",
            "JobRun.executionTimeoutMinutes",
            "test_3_1_a_job_run_that_lasts_too_long_is_cancelled",
            "test_3_3_a_time_out_has_at_least_five_minutes",
            "test_3_6_a_time_out_counts_from_the_first_start_and_is_not_tried_again",
        ),
        "name": described("kept and shown; `emr.when(name=)` matches it", "captured §3.7", "JobRun.name", _KEPT),
        "mode": described(
            "BATCH or STREAMING, which has no time-out, restarts, and 120 s to shut down; from 7.1.0 on",
            "documented §3.6",
            "JobRun.mode",
            "test_3_7_a_streaming_job_run_shows_its_mode_and_no_time_out",
        ),
        "retryPolicy": described(
            "from 7.1.0 on; each mode has its own kind",
            "documented §3.6",
            "JobRun.retryPolicy",
            "test_3_6_a_retry_policy_fits_its_mode_and_has_bounds",
        ),
        "retryPolicy.maxAttempts": described(
            "1 to 10 attempts of a BATCH job run",
            "documented §3.6",
            "JobRun.attempt",
            "test_3_6_the_next_attempt_starts_at_once_in_pending",
        ),
        "retryPolicy.maxFailedAttemptsPerHour": described(
            "1 to 10 (5) failures of a STREAMING job run within an hour end it",
            "documented §3.6",
            "JobRun.attempt",
            "test_3_6_a_streaming_job_run_fails_when_it_fails_too_often_within_an_hour",
        ),
        "flexExecution.**": described(f"{_NO_EFFECT} slower or cheaper", "the model", "JobRun.flexExecution", _KEPT),
    },
    "StartSession": {
        "executionRoleArn": described(
            "a role of another account is refused",
            "moto §3.3",
            "Session.executionRoleArn",
            "test_10_a_role_of_another_account_is_refused",
        ),
        f"{_OVERRIDES}.**": described(
            "`spark-defaults` of `runtimeConfiguration` says what workers it gets",
            "documented §10",
            "Session.configurationOverrides",
            "test_10_a_session_has_the_workers_of_its_configuration",
        ),
        "tags": described("the initial tags", "the model", "Session.tags", _SESSION),
        "idleTimeoutMinutes": described(
            "it ends when it has been idle for this time; 60 by default",
            "documented §10",
            "Session.idleTimeoutMinutes",
            "test_10_an_idle_session_is_terminated",
        ),
        "name": described("kept and shown", "the model", "Session.name", _SESSION),
    },
    "CancelJobRun": {
        "shutdownGracePeriodInSeconds": described(
            "a RUNNING job run is CANCELLING, and billed, until its work has shut down, at most so long; from 7.9.0 "
            "on; 120 for STREAMING, else none",
            "documented §3.5",
            "JobRun.endedAt",
            "test_3_5_a_running_job_run_may_take_its_time_to_shut_down",
            "test_3_5_a_job_run_ends_as_soon_as_its_work_has_shut_down",
            "test_3_5_a_streaming_job_run_has_two_minutes_to_shut_down",
        ),
    },
    "GetJobRun GetDashboardForJobRun": {
        "attempt": described(
            "state and moments of that attempt, its dashboard; an unknown one is a 404",
            "documented §3.6",
            "JobRun.attempt",
            "test_1_5_each_attempt_has_its_own_dashboard_and_the_newest_is_the_default",
            "test_3_7_an_attempt_that_is_asked_for_shows_its_own_state_and_moments",
            "test_3_6_an_attempt_that_has_not_been_made_is_a_404",
        ),
    },
    "Get*Dashboard*": {
        "accessSystemProfileLogs": described(
            "nothing: there are no such logs", "documented §10", "GetDashboardForJobRun.url"
        ),
    },
    "GetResourceDashboard": {
        "resourceId": described(
            "the session's id",
            "documented §1.5",
            "GetResourceDashboard.url",
            "test_1_5_a_resource_dashboard_is_of_a_session_that_exists",
        ),
        "resourceType": described("SESSION is the only one", "the model", "GetResourceDashboard.url"),
    },
    "List*": {
        "nextToken": described(
            "the page after the one that gave it, also if records have changed; a token of another list is refused",
            "assumed §16",
            "ListJobRuns.nextToken",
            "test_15_06_between_pages_nothing_is_skipped_and_nothing_comes_twice",
            "test_16_a_token_is_not_valid_for_another_operation_or_application",
        ),
        "maxResults": described(
            "1 to 50 on a page; 50 by default",
            "assumed §16",
            "ListJobRuns.nextToken",
            "test_8_a_page_has_the_size_that_is_asked_for",
            "test_16_a_page_has_fifty_unless_another_size_is_asked_for",
        ),
        "states": described(
            "only these, grouped in this order; applications that are TERMINATED for an hour, later only if named",
            "documented §8",
            "JobRunSummary.state",
            "test_8_states_filter_and_are_groups_in_the_order_given",
            "test_8_no_list_loses_what_matched_from_beginning_to_end",
            "test_2_8_a_deleted_application_stays_listed_for_a_while",
            "test_2_8_a_deleted_application_is_listed_later_only_if_asked_for",
        ),
        "createdAtAfter": described("not before this moment", "assumed §16", "JobRunSummary.createdAt", _BOUNDS),
        "createdAtBefore": described("not after this moment", "assumed §16", "JobRunSummary.createdAt", _BOUNDS),
        "mode": described(
            "only job runs of this mode", "the model", "JobRunSummary.mode", "test_8_job_runs_are_listed_by_mode"
        ),
    },
    "*Resource": {
        "resourceArn": described(
            "an application, job run or session of the account and region; any other is a 404",
            "documented §9",
            "ListTagsForResource.tags",
            "test_16_tags_of_an_unknown_resource_are_a_404",
        ),
    },
    "TagResource": {
        "tags": described(
            "added, or changed; at most 50, none of AWS's own",
            "documented §9",
            "ListTagsForResource.tags",
            "test_9_tags_come_and_go",
            "test_16_a_resource_has_at_most_fifty_tags",
            "test_16_awss_own_tags_are_reserved_in_any_case",
        ),
    },
    "UntagResource": {
        "tagKeys": described(
            "removed; missing keys are ignored",
            "assumed §16",
            "ListTagsForResource.tags",
            "test_9_tags_come_and_go",
        ),
    },
    "*": {
        "applicationId": described(
            "an application of the account and region; an unknown one is a 404",
            "live-tested §2.2",
            "Application.applicationId",
            "test_2_2_an_unknown_application_is_a_404",
            "test_1_2_what_is_in_one_region_is_unknown_in_another",
        ),
        "jobRunId": described(
            "a job run of that application; an unknown one is a 404",
            "live-tested §3.5",
            "JobRun.jobRunId",
            "test_3_5_an_unknown_job_run_is_a_404",
        ),
        "sessionId": described(
            "a session of that application; an unknown one is a 404",
            "the model",
            "Session.sessionId",
            "test_16_an_unknown_session_is_a_404",
        ),
        "clientToken": described(
            "the same request again gets the same answer, another one ConflictException; never shown",
            "documented §7",
            "StartJobRun.jobRunId",
            "test_7_the_same_token_and_request_is_the_same_answer_and_changes_nothing",
            "test_7_the_same_token_with_another_request_is_a_conflict",
            "test_3_7_a_client_token_is_never_shown",
        ),
    },
}
"""By operations (shell patterns)."""

_TIMES = "test_3_7_the_moments_of_a_job_run_are_those_of_its_moves"
_MOMENTS = "test_10_moments_and_totals_are_there_when_they_are_known"
_NEWEST_FIRST = "test_16_lists_are_newest_first"
_ENDPOINT = "test_1_6_a_session_that_works_has_an_endpoint_for_an_hour"
_SUMS = "test_3_6_the_totals_of_a_job_run_are_sums_over_its_attempts"

ANSWERS: Mapping[str, Mapping[str, Member]] = {
    "Application ApplicationSummary": {
        "applicationId": described(
            "like real ids, it encodes when and where it was made",
            "captured §1.1",
            "test_1_1_the_end_of_an_id_tells_region_and_kind",
        ),
        "id": described(
            "the application's id", "captured §2.11", "test_2_11_a_row_of_a_list_shows_a_part_of_the_application"
        ),
        "arn": described(
            "with the region's partition",
            "documented §1.2",
            "test_1_2_arns_have_the_regions_partition_and_a_slash_after_the_colon",
        ),
        "name": described(
            "if one was given", "documented §2.3", "test_2_3_an_application_without_a_name_has_none_anywhere"
        ),
        "releaseLabel": described(
            "as given", "captured §2.9", "test_2_9_a_captured_hive_application_is_answered_as_captured"
        ),
        "type": described(
            "`Spark` or `Hive`", "captured §2.3", "test_15_09_engines_are_taken_in_any_case_and_shown_in_one"
        ),
        "state": described(
            "by the [table](states.md#applications)",
            "documented §2.1",
            "test_2_1_an_application_lives_from_creating_to_terminated",
        ),
        "stateDetails": described(
            "always present, may be empty",
            "captured §2.6",
            "test_2_6_state_details_say_who_started_and_who_stopped",
            "test_15_10_an_application_always_has_state_details",
        ),
        "createdAt": described(
            "when it was created", "captured §2.11", "test_2_11_a_row_of_a_list_shows_a_part_of_the_application"
        ),
        "updatedAt": described(
            "when the state or the configuration changed last; polling has no effect on it",
            "captured §2.11",
            "test_2_7_a_timed_move_happens_at_its_moment_and_not_before",
            "test_2_3_an_update_answers_with_the_whole_application",
        ),
        "tags": described("as they are now, `{}` if there are none", "captured §2.4", _ECHOED),
        "architecture": described("`X86_64` unless given", "captured §2.4", _ECHOED),
        "autoStartConfiguration.**": described(
            "as given, filled in", "captured §2.4", "test_2_4_what_is_given_comes_before_the_defaults"
        ),
        "autoStopConfiguration.**": described(
            "as given, filled in", "captured §2.4", "test_2_4_what_is_given_comes_before_the_defaults"
        ),
        "schedulerConfiguration.**": described(
            "as given, filled in; there by default from 7.3.0 on",
            "documented §2.4",
            "test_2_4_the_scheduler_is_on_by_default_from_7_3_on",
        ),
        "initialCapacity.**": described(
            "if given, spelled as the service does", "captured §2.5", "test_2_5_worker_types_are_shown_in_camel_case"
        ),
        "maximumCapacity.**": described(
            "if given, spelled as the service does",
            "captured §2.5",
            "test_2_5_sizes_are_shown_with_a_space_and_awss_units",
        ),
        "imageConfiguration.**": described(
            "if given; `resolvedImageDigest` from the first STARTED on",
            "documented §13",
            "test_2_4_an_empty_value_in_an_update_takes_the_member_away",
        ),
        "workerTypeSpecifications.**": described("if given; digests from the first STARTED on", "documented §13"),
        "networkConfiguration.**": described("if given", "documented §2.4"),
        "runtimeConfiguration.**": described("if given", "captured §2.10", _ECHOED),
        "monitoringConfiguration.**": described("if given", "captured §2.10", _ECHOED),
        "diskEncryptionConfiguration.**": described(
            "if given", "documented §2.4", "test_2_4_an_empty_value_in_an_update_takes_the_member_away"
        ),
        "interactiveConfiguration.**": described("if given", "captured §2.10", _ECHOED),
        "identityCenterConfiguration": described("if given", "documented §13"),
        "identityCenterConfiguration.identityCenterInstanceArn": described("if given", "the model"),
        "identityCenterConfiguration.identityCenterApplicationArn": described(
            "with the instance",
            "assumed §13",
            "test_13_an_identity_center_instance_goes_in_and_its_application_comes_out",
        ),
        "identityCenterConfiguration.userBackgroundSessionsEnabled": described("if given", "the model"),
        "jobLevelCostAllocationConfiguration.**": described("if given", "documented §13"),
    },
    "JobRun JobRunSummary JobRunAttemptSummary": {
        "applicationId": described("its application", "captured §3.7", _IN_STATES),
        "jobRunId": described(
            "like real ids, it encodes when and where it was made",
            "captured §1.1",
            "test_1_1_the_end_of_an_id_tells_region_and_kind",
        ),
        "id": described(
            "the job run's id, of an attempt too", "the model", "test_1_2_an_attempt_has_its_job_runs_id_and_arn"
        ),
        "arn": described(
            "the job run's, of an attempt too", "the model", "test_1_2_an_attempt_has_its_job_runs_id_and_arn"
        ),
        "name": described("if given", "captured §3.7", _KEPT),
        "type": described("`Spark` or `Hive`", "assumed §3.7", "test_3_7_a_row_of_a_list_shows_a_part_of_the_job_run"),
        "createdBy": described(
            "the caller's ARN", "captured §1.4", "test_1_4_created_by_is_the_caller_in_the_regions_partition"
        ),
        "createdAt": described("of the job run; of an attempt its own", "documented §3.7", _TIMES),
        "jobCreatedAt": described(
            "of the job run", "documented §3.7", "test_3_7_a_row_of_the_attempts_belongs_to_its_job_run"
        ),
        "updatedAt": described("when the state changed last; polling has no effect on it", "documented §3.7", _TIMES),
        "executionRole": described("the request's `executionRoleArn`", "captured §3.7", _KEPT),
        "executionIamPolicy.**": described("if given", "documented §3.7", _KEPT),
        "state": described(
            "by the [table](states.md#job-runs); of the newest attempt, or the one that is asked for",
            "documented §3.1",
            "test_3_1_a_job_run_is_in_each_state_from_its_moment_on",
        ),
        "stateDetails": described(
            "AWS's texts by state; at most 256 characters",
            "captured §3.2",
            "test_3_2_each_state_has_its_text",
            "test_3_2_what_a_failed_job_run_says_is_cut_to_256_characters",
        ),
        "releaseLabel": described(
            "the application's at submission", "documented §3.7", "test_3_7_a_job_run_shows_the_release_that_it_ran_on"
        ),
        f"{_OVERRIDES}.**": described(
            "as given, with managed logs on",
            "captured §3.7",
            "test_3_7_overrides_are_shown_as_given_with_managed_logs_on",
        ),
        "jobDriver.**": described("as given", "captured §3.7", "test_3_7_every_member_of_a_driver_is_kept_and_shown"),
        "tags": described("as they are now, `{}` if there are none", "captured §3.7", _KEPT, _IN_STATES),
        "networkConfiguration.**": described(
            "the application's at submission",
            "documented §3.7",
            "test_3_7_a_job_run_shows_its_application_as_it_was_at_submission",
        ),
        "imageConfiguration.**": described(
            "the application's at submission, with the digest that the job run has",
            "documented §13",
            "test_3_7_a_job_run_shows_its_application_as_it_was_at_submission",
            "test_13_a_job_run_shows_the_digest_of_its_image",
            "test_13_a_job_run_keeps_the_image_that_it_began_with",
        ),
        "workerTypeSpecifications.**": described(
            "the application's at submission, with digests",
            "documented §13",
            "test_13_a_job_run_shows_the_digest_of_its_image",
        ),
        "executionTimeoutMinutes": described(
            "720 unless given; not of STREAMING",
            "captured §3.7",
            "test_3_7_a_job_run_of_which_little_is_said_shows_the_defaults",
        ),
        "mode": described(
            "BATCH unless given", "documented §3.7", "test_3_7_a_job_run_of_which_little_is_said_shows_the_defaults"
        ),
        "retryPolicy.**": described("if given", "documented §3.7", _KEPT),
        "flexExecution.**": described("if given", "the model", _KEPT),
        "attempt": described("from 1", "documented §3.6", "test_3_6_a_list_shows_the_attempt_that_a_job_run_is_in"),
        "attemptCreatedAt": described("when the attempt began", "documented §3.7", _TIMES),
        "attemptUpdatedAt": described("when the attempt changed last", "documented §3.7", _TIMES),
        "startedAt": described("from the first RUNNING of the attempt on", "documented §3.7", _TIMES, _IN_STATES),
        "endedAt": described("when it has ended", "documented §3.7", _TIMES, _IN_STATES),
        "queuedDurationMilliseconds": described(
            "once it has been QUEUED", "assumed §3.7", "test_3_7_a_job_run_shows_how_long_it_was_queued"
        ),
        "totalExecutionDurationSeconds": described(
            "when it has ended: of all attempts", "documented §3.7", _IN_STATES, _SUMS
        ),
        "totalResourceUtilization.**": described(
            "when it has ended: workers × seconds of all attempts",
            "documented §5",
            _IN_STATES,
            _SUMS,
            "test_3_7_the_captured_job_run_took_382_seconds_of_small_workers",
        ),
        "billedResourceUtilization.**": described(
            "the same, at least a minute a worker, storage above 20 GB",
            "documented §5",
            _IN_STATES,
            "test_5_a_worker_costs_a_minute_at_least",
            "test_5_storage_costs_above_20_gb_of_each_worker",
        ),
    },
    "Session SessionSummary": {
        "applicationId": described("its application", "the model", _SESSION),
        "sessionId": described("made as those of job runs", "assumed §1.1"),
        "arn": described(
            "below its application's", "documented §1.2", "test_1_2_the_arn_of_a_session_is_below_its_applications"
        ),
        "name": described("if given", "the model", _SESSION),
        "state": described(
            "by the [table](states.md#sessions)",
            "documented §10",
            "test_10_a_live_session_is_terminated_by_way_of_terminating",
        ),
        "stateDetails": described("empty", "assumed §16"),
        "releaseLabel": described("the application's at the start", "assumed §10"),
        "executionRoleArn": described("as given", "the model", _SESSION),
        "createdBy": described("the caller's ARN", "captured §1.4"),
        "createdAt": described(
            "when it was requested", "the model", "test_10_a_row_of_a_list_shows_a_part_of_the_session"
        ),
        "updatedAt": described("when the state changed last", "the model"),
        "startedAt": described("from STARTED on", "the model", _MOMENTS),
        "endedAt": described("when it has ended", "the model", _MOMENTS),
        "idleSince": described("in STARTED and IDLE: since when", "assumed §16", _MOMENTS),
        f"{_OVERRIDES}.**": described("as given", "the model", _SESSION),
        "networkConfiguration.**": described("the application's at the start", "assumed §10"),
        "idleTimeoutMinutes": described("60 unless given", "documented §10", "test_10_an_idle_session_is_terminated"),
        "tags": described("as they are now", "documented §9", "test_9_tags_come_and_go"),
        "totalExecutionDurationSeconds": described("when it has ended", "assumed §16", _MOMENTS),
        "totalResourceUtilization.**": described(
            "when it has ended: workers × seconds", "documented §5", "test_5_a_session_is_billed_for_its_workers"
        ),
        "billedResourceUtilization.**": described(
            "the same, at least a minute a worker", "documented §5", "test_5_a_session_is_billed_for_its_workers"
        ),
    },
    "CreateApplication Start* CancelJobRun TerminateSession": {
        "applicationId": described(
            "the application's id", "documented §2.3", "test_2_3_creating_answers_with_id_name_and_arn"
        ),
        "jobRunId": described(
            "the job run's id", "documented §3.3", "test_3_3_submission_answers_with_application_id_and_arn"
        ),
        "sessionId": described(
            "the session's id", "documented §10", "test_10_starting_answers_with_application_id_and_arn"
        ),
        "arn": described("the new record's ARN", "documented §2.3", "test_2_3_creating_answers_with_id_name_and_arn"),
        "name": described("if given", "documented §2.3", "test_2_3_an_application_without_a_name_has_none_anywhere"),
    },
    "Get* Update* List*": {
        "application": described(
            "the whole application", "the model", "test_2_3_an_update_answers_with_the_whole_application"
        ),
        "jobRun": described("the whole job run", "the model", _IN_STATES),
        "session": described("the whole session", "the model", _SESSION),
        "applications": described("a page of them, newest first", "assumed §16", _NEWEST_FIRST),
        "jobRuns": described(
            "a page of them, newest first",
            "documented §8",
            _NEWEST_FIRST,
            "test_15_07_an_application_without_job_runs_has_an_empty_list",
        ),
        "jobRunAttempts": described(
            "a page of them, newest first",
            "assumed §16",
            "test_3_6_attempts_are_listed_newest_first_each_with_its_own_moments",
        ),
        "sessions": described("a page of them, newest first", "assumed §16", _NEWEST_FIRST),
        "nextToken": described(
            "if there is more", "documented §8", "test_15_06_every_job_run_is_cancelled_although_pages_shrink_meanwhile"
        ),
        "tags": described("as they are now", "documented §9", "test_9_tags_come_and_go"),
        "url": described(
            "a dashboard's address, which does not exist, with a token for an hour",
            "captured §1.5",
            "test_1_5_a_job_run_that_was_scheduled_has_a_dashboard",
            "test_1_5_a_dashboard_cannot_be_served_for_a_job_run_that_waits",
            "test_1_5_a_session_has_a_dashboard_while_it_lives_and_afterwards",
        ),
    },
    "GetSessionEndpoint": {
        "applicationId": described("the application's id", "documented §1.6", _ENDPOINT),
        "sessionId": described("the session's id", "documented §1.6", _ENDPOINT),
        "endpoint": described("an address that does not exist", "documented §1.6", _ENDPOINT),
        "authToken": described("valid for an hour", "documented §1.6", _ENDPOINT),
        "authTokenExpiresAt": described("one hour later on the mock's clock", "documented §1.6", _ENDPOINT),
    },
}
"""By the shapes of records, and by operations (shell patterns)."""
