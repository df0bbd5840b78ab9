# One image for every command; one volume, /data, with the database, its backups and the compiled pack.
FROM python:3.13-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/huiqi \
    && /opt/huiqi/bin/pip install --no-cache-dir --constraint scripts/constraints.txt '.[postgresql]'

FROM python:3.13-slim-bookworm
RUN groupadd --gid 10001 huiqi \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home huiqi \
    && install --directory --owner huiqi --group huiqi --mode 700 /data
COPY --from=build /opt/huiqi /opt/huiqi
ENV PATH=/opt/huiqi/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HUIQI_DATABASE=/data/huiqi.db \
    HUIQI_CACHE=/data/cache \
    HUIQI_LOG=json
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, timeout=4); c.request('GET', '/healthz'); assert c.getresponse().status == 200"]
ENTRYPOINT ["huiqi"]
CMD ["serve", "--host", "0.0.0.0"]
