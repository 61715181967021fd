"""What all tests share: the database server behind them."""

from returns_project import embedded_postgres

embedded_postgres.ensure_running()
