# The register: web service, worker and commands are the same image (compose.yaml says which is which).
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/register
COPY requirements.txt ./
RUN python -m venv /srv/venv && /srv/venv/bin/python -m pip install --require-hashes --requirement requirements.txt
COPY manage.py pyproject.toml ./
COPY gi_registry gi_registry
COPY products products
COPY enterprises enterprises
COPY cms cms
COPY templates templates
COPY static static
COPY locale locale
COPY deploy deploy
# Collected with the settings of production, so that every name carries its hash. The values are needed to start, and
# are none: nothing of them stays in the image.
RUN GI_HOME=/srv/made GI_PRODUCTION=1 GI_SECRET_KEY=only-to-collect-static-files-and-then-thrown-away \
    GI_ALLOWED_HOSTS=localhost EMAIL_URL=smtp://localhost:25 \
    /srv/venv/bin/python -W ignore manage.py collectstatic --noinput --verbosity 0 \
    && mv /srv/made/static /srv/static && rm -rf /srv/made \
    && /srv/venv/bin/python -m compileall -q gi_registry products enterprises cms

FROM python:3.11-slim
# pg_dump for backups; not older than the server of compose.yaml.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 register && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data register \
    && install -d -o register -g register -m 0755 /data /data/static /data/media \
    && install -d -o register -g register -m 0700 /data/private
COPY --from=build /srv /srv
WORKDIR /srv/register
ENV PATH=/srv/venv/bin:$PATH GI_HOME=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
# Asks this process only; whether the database answers is /readyz, which no restart of this container would mend.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["python", "deploy/healthy.py"]
CMD ["sh", "deploy/serve.sh", "0.0.0.0", "8000"]
