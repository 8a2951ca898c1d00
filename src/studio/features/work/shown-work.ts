import type { StudioWorkPageQuery } from "../../../generated/operations";

export type ShownWork = NonNullable<StudioWorkPageQuery["work"]>;
