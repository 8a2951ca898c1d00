import type { StudioVideoPageQuery } from "../../../generated/operations";

export type OwnVideo = NonNullable<StudioVideoPageQuery["video"]>;
