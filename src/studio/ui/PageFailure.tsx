import type { CombinedError } from "urql";
import { Empty } from "./Empty";
import { Failure } from "./Failure";

interface Props {
  /** The heading of the page. */
  title: string;
  error: CombinedError;
  onRetry: () => void;
}

/** A page whose data could not be read: why, and a way on. */
export function PageFailure({ title, error, onRetry }: Props) {
  return (
    <Empty plain>
      <h1>{title}</h1>
      <Failure error={error} onRetry={onRetry} />
    </Empty>
  );
}
