# The Rasa server, with its model: trained here, so that every replica answers alike.
FROM python:3.10.18-slim-bookworm AS build
RUN pip install --no-cache-dir uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/venv
WORKDIR /app
COPY pyproject.toml uv.lock .python-version ./
RUN uv sync --frozen --no-default-groups --group rasa
COPY config.yml domain.yml credentials.yml endpoints.yml alembic.ini ./
COPY data data
COPY nlu nlu
COPY privacy privacy
COPY connectors connectors
COPY migrations migrations
COPY contract contract
COPY launcher launcher
RUN /opt/venv/bin/python -m launcher train && rm -rf .rasa
# Here the action server has a machine of its own.
RUN sed -i -E 's#//(localhost|127\.0\.0\.1):5055/#//actions:5055/#' endpoints.yml \
    && grep -q '//actions:5055/' endpoints.yml

FROM python:3.10.18-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /tmp app && install -d -o 10001 -g 10001 /spool
ENV PATH=/opt/venv/bin:$PATH HOME=/tmp \
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 5005
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=6 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:5005/', timeout=4)"]
CMD ["python", "-m", "rasa", "run", "--model", "models", "--port", "5005", "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
