# The action server: without Rasa and TensorFlow, which it never imports.
FROM python:3.10.18-slim-bookworm AS build
RUN pip install --no-cache-dir uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/venv
WORKDIR /app
COPY pyproject.toml uv.lock .python-version ./
RUN uv sync --frozen --no-default-groups --group actions

FROM python:3.10.18-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /tmp app
ENV PATH=/opt/venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY domain.yml estilo.yml ./
COPY contract contract
COPY ayuda ayuda
COPY privacy privacy
COPY actions actions
USER 10001:10001
EXPOSE 5055
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:5055/health', timeout=4)"]
CMD ["python", "-m", "actions.server", "--port", "5055"]
