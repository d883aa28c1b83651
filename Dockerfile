# syntax=docker/dockerfile:1

# docker build --build-arg VERSION=$(git describe --tags --always) -t extendbot .
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/extendbot ./cmd/extendbot \
 && mkdir /out/data

# static: no shell and no package manager; certificates and time zones are there.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/extendbot /extendbot
COPY --from=build --chown=65532:65532 /out/data /data
COPY LICENSE /LICENSE
# Where the default of DATABASE_URL puts its file. It is not set here, because
# then DATABASE_URL_FILE could not be set beside it.
WORKDIR /data
VOLUME /data
# /healthz, /readyz and /metrics; nothing else listens.
EXPOSE 8080
# nonroot; as a number, because Kubernetes wants to see that it is not 0.
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/extendbot", "check", "--health"]
ENTRYPOINT ["/extendbot"]
