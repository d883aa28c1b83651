# docker build --build-arg VERSION=$(git describe --tags --always) -t extendbot .
# Images are pinned by digest, of all architectures; the tag is for people. The program is built
# on the machine's own architecture for the one of the image.
FROM --platform=$BUILDPLATFORM golang:1.26.8@sha256:6c2a5538f964f1c82f97ad14988bf05de100d922d159d0e398b54c7b0ca0c6c9 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN mkdir -p /out/data && ./scripts/third-party-notices >/out/THIRD-PARTY-NOTICES
ARG TARGETOS TARGETARCH
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/extendbot ./cmd/extendbot

# static has certificates and time zones, but no shell and no package manager.
FROM gcr.io/distroless/static-debian12:nonroot@sha256:afa5c872c891853ca7fcf1f12c3edb23f7eeef36189728842dd51042ff57f7ab
COPY --from=build /out/extendbot /extendbot
COPY --from=build --chown=65532:65532 /out/data /data
COPY LICENSE /LICENSE
COPY --from=build /out/THIRD-PARTY-NOTICES /THIRD-PARTY-NOTICES
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
