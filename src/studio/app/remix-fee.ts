interface Author {
  id: string;
  nickname: string;
}

export interface Source {
  author: Author;
  remixFeeCredits: number;
  lineage: readonly { shareBasisPoints: number; author?: Author | null }[];
}

/** The credits that a user pays the authors for a remix. Users do not pay themselves, so their own originals cost nothing. */
export function remixFee(source: Source, viewerId: string | null): number {
  const isPaid = paidAuthors(source).some((author) => author?.id !== viewerId);
  return isPaid ? source.remixFeeCredits : 0;
}

/** The names of the other users whom the fee pays, the nearest first. Authors who cannot be seen have none. */
export function remixPayees(source: Source | null, viewerId: string | null): string[] {
  const authors = source ? paidAuthors(source) : [];
  const others = authors.flatMap((author) => (author && author.id !== viewerId ? [author] : []));
  return [...new Map(others.map(({ id, nickname }) => [id, nickname])).values()];
}

function paidAuthors({ author, lineage }: Source): (Author | null | undefined)[] {
  return [
    author,
    ...lineage.filter(({ shareBasisPoints }) => shareBasisPoints > 0).map(({ author }) => author),
  ];
}
