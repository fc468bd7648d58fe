# One image for the web server, the worker and the scheduler; docker-compose.yml says which command each runs.
FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --system --uid 10001 --create-home --home-dir /home/portal portal
WORKDIR /app

# Wheels only, each checked against its hash: the image needs no compiler.
COPY requirements.txt .
RUN pip install --require-hashes --only-binary :all: -r requirements.txt

COPY . .
# var/static is filled here; var/files is a volume; the user owns nothing else. The key serves this step alone.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    DATABASE_URL=postgres://build@127.0.0.1/build REDIS_URL=redis://127.0.0.1:6379/0 \
    python manage.py collectstatic --noinput -v 0 \
    && mkdir -p var/files \
    && chown -R portal:portal var

USER portal
EXPOSE 8000

# The answer comes from this machine, so 127.0.0.1 must stay in ALLOWED_HOSTS.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]

# As in the Procfile, with the heartbeat files of gunicorn in memory.
CMD ["sh", "-c", "exec gunicorn portal.wsgi --bind 0.0.0.0:8000 --worker-class gthread --workers ${WEB_WORKERS:-2} --threads ${WEB_THREADS:-4} --timeout 60 --max-requests 10000 --max-requests-jitter 1000 --log-level warning --no-control-socket --worker-tmp-dir /dev/shm"]
