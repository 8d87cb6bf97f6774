"""What the job machine says to PostgreSQL itself: the rows by the model's names, and time that passes."""

from sqlalchemy import text

PLAIN = (
    *("status", "attempt", "refunds", "crashes", "dispatch_count", "token", "worker"),
    *("is_asked_to_cancel", "result", "error_code", "tokens_spent"),
)
TIMED = ("run_at", "queued_at", "dispatch_at", "deadline_at", "lease_at", "finished_at")
TIMES = (
    *("run_at", "queued_at", "dispatch_at", "deadline_at", "claimed_at", "lease_expires_at", "cancel_requested_at"),
    *("created_at", "started_at", "finished_at"),
)
ADVANCE = (
    text(f"UPDATE jobs SET {', '.join(f'{name} = {name} - make_interval(secs => :by)' for name in TIMES)}"),
    text("UPDATE job_events SET at = at - make_interval(secs => :by)"),
)
# The rows by the model's names; times in seconds from now.
ROWS = text("""
    SELECT id, status, attempt, refunds, crashes, dispatch_count, claim_token AS token, worker, result, error_code,
           cancel_requested_at IS NOT NULL AS is_asked_to_cancel, prompt_tokens AS tokens_spent,
           extract(epoch FROM run_at - now())::float AS run_at,
           extract(epoch FROM queued_at - now())::float AS queued_at,
           extract(epoch FROM dispatch_at - now())::float AS dispatch_at,
           extract(epoch FROM deadline_at - now())::float AS deadline_at,
           extract(epoch FROM lease_expires_at - now())::float AS lease_at,
           extract(epoch FROM finished_at - now())::float AS finished_at
    FROM jobs
""")
EMPTY = (text("DELETE FROM jobs"), text("DELETE FROM flow_controls"))
CUT_BUDGET = text("""
    UPDATE jobs SET max_attempts = greatest(attempt - refunds, 1), max_crashes = crashes + 1 WHERE id = :id
""")
