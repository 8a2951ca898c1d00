import { PromptState, type Work, type WorkPrompt } from "./works.graphql.js";

/** A work's prompt as its viewer may see it. */
export function promptOf(work: Work): WorkPrompt {
  const { row } = work;
  const state = stateOf(work);
  return {
    state,
    text: state === PromptState.LOCKED ? null : row.prompt,
    length: [...row.prompt].length,
    priceCredits: row.promptPriceCredits,
  };
}

function stateOf({ row, isOwn, viewer }: Work): PromptState {
  if (isOwn) return PromptState.OWN;
  if (viewer.unlocked) return PromptState.UNLOCKED;
  return row.promptPriceCredits === 0 ? PromptState.OPEN : PromptState.LOCKED;
}
