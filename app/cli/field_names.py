"""What a person calls the fields of the API: the options that fill them, and the words for them."""

from collections.abc import Mapping

# For a field of the API the parameters that fill it; the first that the command has is meant.
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "type": ("job_type",),
    "job_id": ("job_id", "job_ids"),
    "ids": ("ids", "job_ids"),
    "session_id": ("session",),
    "user_id": ("user",),
    "team_id": ("team",),
    "key_id": ("key",),
    "expires_in_days": ("days",),
    "overlap_hours": ("overlap",),
    "message": ("text",),
    "file_id": ("upload", "file"),
    "input_file_path": ("path", "file"),
    "file": ("path", "file"),
    "delay_s": ("delay",),
    "deadline_s": ("deadline",),
    "timeout_s": ("timeout",),
    "created_from": ("since",),
    "created_to": ("until",),
    "finished_from": ("since",),
    "finished_to": ("until",),
    "from": ("first", "since"),
    "to": ("last", "until"),
    "group_by": ("by",),
    "older_than_days": ("days",),
    "all": ("every",),
    "quota": ("wanted",),
    "force_refresh": ("refresh",),
    "Idempotency-Key": ("idempotency_key",),
    "input": ("whole",),
}
NOUNS: Mapping[str, str] = {
    "job_id": "job id",
    "ids": "job id",
    "file_id": "file id",
    "session_id": "session id",
    "user_id": "user id",
    "team_id": "team id",
    "key_id": "key id",
    "invite_id": "invite id",
    "action_id": "action id",
    "message": "text",
    "older_than_days": "number of days",
}
# What a field that is missing may be given by, beside its own option.
WAYS: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "file"),
    "message": ("text", "file"),
    "file_id": ("file", "upload", "path"),
    "input_file_path": ("file", "upload", "path"),
}
