"""The sandbox's one web application."""

from fastapi import FastAPI

from sandbox import internal_api, mail, slack, twilio
from sandbox.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application that serves the internal API, Twilio and Slack, with its settings in `app.state`."""
    settings = settings or Settings()
    app = FastAPI(title="Sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.settings = settings

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Say that the sandbox answers."""
        return {"status": "ok"}

    mail.install(app)
    internal_api.install(app, settings)
    twilio.install(app, settings)
    slack.install(app, settings)
    return app
