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

# static has certificates and time zones, but no shell and no package manager.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/extendbot /extendbot
COPY --from=build --chown=65532:65532 /out/data /data
COPY LICENSE /LICENSE
# The default of DATABASE_URL puts its file here. DATABASE_URL itself is not set,
# because DATABASE_URL_FILE could then not be used.
WORKDIR /data
VOLUME /data
# The only port that listens: /healthz, /readyz and /metrics.
EXPOSE 8080
# The user nonroot, as a number so that Kubernetes can check that it is not 0.
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/extendbot", "check", "--health"]
ENTRYPOINT ["/extendbot"]
