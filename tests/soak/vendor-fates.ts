/** The fault that the vendor shows for a task. For most tasks there is none. */
export const vendorFates = [
  ...["", "", "", "", "", "", "", ""],
  ...["[fault:reject]", "[fault:content-policy]", "[fault:fail]", "[fault:fail-policy]", "[fault:stuck]"],
  ...[
    "[fault:500]",
    "[fault:cut]",
    "[fault:hang]",
    "[fault:malformed]",
    "[fault:no-id]",
    "[fault:cut-within]",
  ],
  ...["[fault:503 x2]", "[fault:429:1 x1]", "[fault:cut-before x1]", "[fault:check-500 x3]"],
  ...[
    "[fault:check-cut x2]",
    "[fault:file-500 x1]",
    "[fault:link-404]",
    "[fault:link-cut]",
    "[fault:no-link]",
  ],
  ...[
    "[fault:success-late:3000]",
    "[fault:success-late:9000]",
    "[fault:progress-back]",
    "[fault:unknown-status]",
  ],
];
