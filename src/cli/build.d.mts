/** Builds the server if a source file is newer than the build. */
export function buildServerIfStale(): Promise<void>;
/** Builds the studio if one of its files is newer than the build. */
export function buildStudioIfStale(): Promise<void>;
