"""Jobs that keep the installation itself tidy; the shop's jobs are in returns/tasks.py."""

import io

from django.core.management import call_command
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from api.glue import tokens

DAYS_TO_KEEP_JOBS = 30


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Queue the jobs again whose worker died. Jobs may therefore run twice; each must allow it.

    `timestamp`: when this run was due, in seconds since the epoch.
    """
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="remove_finished_jobs", pass_context=True)
async def remove_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Remove jobs that ended 30 days ago, failed ones too. `timestamp` as above."""
    await app.job_manager.delete_old_jobs(
        nb_hours=DAYS_TO_KEEP_JOBS * 24,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )


@app.periodic(cron="27 3 * * *")
@app.task(queueing_lock="remove_expired_sessions")
def remove_expired_sessions(timestamp: int) -> None:
    """Remove the sessions of people, and of their programs, that stayed away.

    `timestamp` as above.
    """
    call_command("clearsessions")
    tokens.remove_old(timezone.now())


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="remove_expired_tokens")
def remove_expired_tokens(timestamp: int) -> None:
    """Remove the tokens of buyers' programs that count no more. `timestamp` as above."""
    call_command("oidc_cleartokens", stdout=io.StringIO())
