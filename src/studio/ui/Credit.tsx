/** The sign of a credit. */
export function Credit({ size = 16 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="6.75" fill="none" stroke="var(--accent-text)" strokeWidth="2.2" />
      <circle cx="8" cy="8" r="2.6" fill="var(--accent-text)" />
    </svg>
  );
}
