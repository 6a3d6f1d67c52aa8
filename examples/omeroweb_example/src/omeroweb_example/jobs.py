"""What a worker does for the user: it counts the images of datasets."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from omero_plugin_common.body import Body
from omero_plugin_common.jobs import JobContext, job
from omeroweb_example.datasets import image_counts

# What one query asks for; after each the user sees how far it is.
BATCH: Final = 100
ALL_GROUPS: Final = -1


class CountRequest(Body):
    """Which datasets; also the body of the request that starts it."""

    datasets: Annotated[list[int], Field(min_length=1, max_length=10_000)]


@job("omeroweb_example.count", parameters=CountRequest, unit="datasets", title="Counting images")
def count(context: JobContext) -> dict[str, Any]:
    """Count, and go on where a worker that died had stopped."""
    wanted = context.parsed(CountRequest).datasets
    done, images = context.checkpoint or (0, 0)
    with context.omero() as conn:
        conn.SERVICE_OPTS.setOmeroGroup(ALL_GROUPS)
        while done < len(wanted):
            batch = wanted[done : done + BATCH]
            images += sum(image_counts(conn, batch).values())
            done += len(batch)
            context.log(f"{done} of {len(wanted)} datasets: {images} images")
            context.progress(done, len(wanted), checkpoint=[done, images])
    context.progress(done, message=f"Images found: {images}")
    return {"datasets": done, "images": images}
