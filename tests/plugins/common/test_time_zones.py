"""Time zones that the operator passes on, asked of a real PostgreSQL."""

from __future__ import annotations

import psycopg2

from local_services import Service
from omero_operator.api import time_zones


def test_every_time_zone_that_is_passed_on_is_known_to_postgresql(postgres: Service) -> None:
    names = sorted(time_zones.canonical_names())
    assert len(names) > 400
    connection = psycopg2.connect(
        host="127.0.0.1",
        port=postgres.port,
        user="omero",
        password=postgres.password,
        dbname="omero",
    )
    with connection, connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT set_config('timezone', %s, false)", (name,))
            assert cursor.fetchone() == (name,)
