/** Metadata read from the file itself. The vendor's claims are not used. */
export interface VideoMetadata {
  kind: "video";
  /** In square pixels, after rotation. */
  width: number;
  height: number;
  /** From the start of the first shown frame to the end of the last one. */
  durationMs: number;
  /** Track ids in the file, which may have further tracks. */
  videoTrackId: number;
  /** Null for a silent video. */
  audioTrackId: number | null;
  /** "avc", "hevc", "av1", ... */
  videoCodec: string;
  /** Full codec string (RFC 6381), for example "mp4a.40.2". Null without audio or for an unknown codec. */
  audioCodec: string | null;
  /** Coded lines, before rotation and scaling. */
  codedHeight: number;
  colors: ColorTags;
}

/** Color tags of a file, with WebCodecs' names. Missing and invalid tags are omitted. */
export interface ColorTags {
  primaries?: string;
  transfer?: string;
  matrix?: string;
  fullRange?: boolean;
}

/** `detail` is for operators. */
export interface NotAVideo {
  kind: "not-a-video";
  detail: string;
}
