# The sandbox: Twilio with a phone page, and the internal API, for trying the rest without either.
FROM python:3.10.18-slim-bookworm AS build
RUN pip install --no-cache-dir uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/venv
WORKDIR /app
COPY pyproject.toml uv.lock .python-version ./
RUN uv sync --frozen --no-default-groups --group sandbox

FROM python:3.10.18-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /tmp app && mkdir /data && chown 10001:10001 /data
ENV PATH=/opt/venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    SQLALCHEMY_SILENCE_UBER_WARNING=1 SANDBOX_HOST=0.0.0.0 SANDBOX_DATABASE_URL=sqlite:////data/sandbox.db
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY sandbox sandbox
USER 10001:10001
VOLUME /data
EXPOSE 8090
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8090/health', timeout=4)"]
CMD ["python", "-m", "sandbox"]
