# gand in an image: `docker build --tag gand .`, then docs/operations.md.
#
# Both bases may be chosen. SWIFT_IMAGE: Debian 12 with a Swift 6.3 toolchain on the PATH. RUNTIME_IMAGE: Debian 12.
ARG SWIFT_IMAGE=docker.io/library/swift:6.3-bookworm
ARG RUNTIME_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
WORKDIR /src

# What changes seldom comes first: Debian packages, libtorch, Swift packages.
COPY scripts/install-packages scripts/
RUN scripts/install-packages
COPY scripts/fetch-libtorch scripts/libtorch.sha256 scripts/
# A folder of wheels, for builds that don't reach PyTorch's index.
ARG PIP_FIND_LINKS
# The manifest records libtorch's folder as the run path, so it is built where it will lie.
RUN scripts/fetch-libtorch && mkdir --parents /opt/gand && mv .libtorch /opt/gand/libtorch
ENV LIBTORCH=/opt/gand/libtorch
COPY Package.swift ./
RUN swift package resolve

COPY Sources Sources
COPY Tests Tests
RUN swift build --quiet -c release --product gand --static-swift-stdlib \
    && install --mode=755 "$(swift build -c release --show-bin-path)/gand" /opt/gand/gand \
    && rm --recursive /opt/gand/libtorch/include
# A crash leaves a backtrace only where this program is.
RUN toolchain=$(dirname "$(dirname "$(readlink --canonicalize "$(command -v swift)")")") \
    && install --mode=755 "$toolchain/libexec/swift/linux/swift-backtrace-static" /opt/gand/swift-backtrace
COPY config/gand.yaml LICENSE NOTICE /opt/gand/

FROM ${RUNTIME_IMAGE}
COPY scripts/install-packages /tmp/
RUN apt-get update && /tmp/install-packages --runtime && rm --recursive /var/lib/apt/lists/* /tmp/install-packages \
    && install --directory --owner=65532 --group=65532 --mode=700 /data
COPY --from=build /opt/gand /opt/gand
RUN ln --symbolic /opt/gand/gand /usr/local/bin/gand

# All that is written lies under the one volume; the rest of the file system may be read-only.
ENV GAND_LISTEN=0.0.0.0:8080 GAND_ADMIN_LISTEN=0.0.0.0:9464 GAND_DATA_DIR=/data TMPDIR=/data/tmp XDG_CACHE_HOME=/data/tmp \
    SWIFT_BACKTRACE=enable=yes,swift-backtrace=/opt/gand/swift-backtrace,color=no,interactive=no
VOLUME /data
EXPOSE 8080 9464
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s --retries=3 CMD ["/opt/gand/gand", "healthcheck"]
ENTRYPOINT ["/opt/gand/gand"]
CMD ["serve"]
