# syntax=docker/dockerfile:1
#
# Builds and runs the service with TLS to PostgreSQL.
#
#   docker build -t major-hazards .
#   docker run -p 8080:8080 -v major-hazards:/var/lib/major-hazards \
#     -e HAZARDS_JWT_SECRET="$(openssl rand -hex 32)" \
#     -e HAZARDS_JWT_ISSUER=https://login.example -e HAZARDS_JWT_AUDIENCE=major-hazards major-hazards
#
# The container listens on every address, so the development secret that a first start makes up on loopback is refused:
# set `HAZARDS_JWT_SECRET` or `HAZARDS_JWT_JWKS`, with issuer and audience. For PostgreSQL set `HAZARDS_DATABASE_URL`.

ARG RUST_VERSION=1.95
ARG DEBIAN=bookworm

FROM rust:${RUST_VERSION}-slim-${DEBIAN} AS build
# OpenSSL is compiled for the PostgreSQL client: its configuration is a Perl program, its build uses make.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make perl \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The target folder is a cache and not part of the layer, so the binary is copied out of it.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked --bin major-hazards --features postgres-tls \
 && cp target/release/major-hazards /major-hazards

FROM debian:${DEBIAN}-slim
# Roots for receivers of webhooks, JWKS addresses and for PostgreSQL servers whose certificate is checked against the system's store.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --home-dir /var/lib/major-hazards --shell /usr/sbin/nologin hazards \
 && install --directory --owner hazards --group hazards --mode 0700 /var/lib/major-hazards
COPY --from=build /major-hazards /usr/local/bin/major-hazards
COPY LICENSE /usr/share/doc/major-hazards/LICENSE

ENV HAZARDS_BIND=0.0.0.0:8080 \
    HAZARDS_DATA_DIR=/var/lib/major-hazards \
    HAZARDS_DATABASE_URL=sqlite:///var/lib/major-hazards/hazards.db

# By number, so that an orchestrator that demands a non-root user can see that it is one.
USER 10001:10001
WORKDIR /var/lib/major-hazards
VOLUME /var/lib/major-hazards
EXPOSE 8080
# `check` reads configuration, policy, database and object store, and exits with an error when one of them is wrong.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["major-hazards", "check"]
ENTRYPOINT ["major-hazards"]
CMD ["serve"]
