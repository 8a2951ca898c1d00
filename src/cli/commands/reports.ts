import { Command } from "commander";
import { closeReports, listReportedSubjects, type ReportedSubject } from "../../modules/reports/index.js";
import { DatabaseClock } from "../../platform/db/database-clock.js";
import { oneLine } from "../one-line.js";
import { type CommandTools, withDatabase } from "../with-database.js";

const subjectsMax = 200;
const reportsMax = 10;
const wordsMax = 300;

interface CloseOptions {
  note: string;
  sameSubject?: boolean;
}

export function reportsCommand(): Command {
  const command = new Command("reports").description("Users' reports of works and users.");
  command
    .command("list", { isDefault: true })
    .description(
      `Shows the reported works and users, those with the most reporters first: ${subjectsMax} at most, each with its ${reportsMax} newest reports.`,
    )
    .option("--open", "only reports that are not closed")
    .action(({ open = false }: { open?: boolean }) => withDatabase((tools) => list(tools, open)));
  command
    .command("close")
    .description("Closes a report. A later report by the same user is a new one.")
    .argument("<id>", "as the list shows it: report_01j...")
    .requiredOption("--note <text>", "for operators: what was decided")
    .option("--same-subject", "also closes every other open report of the same work or user")
    .action((id: string, options: CloseOptions) => withDatabase((tools) => close(tools, id, options)));
  return command;
}

async function list({ db }: CommandTools, openOnly: boolean): Promise<void> {
  const subjects = await listReportedSubjects(db, { openOnly, subjectsMax, reportsMax });
  for (const subject of subjects) process.stdout.write(`${linesOf(subject).join("\n")}\n`);
  if (subjects.length === 0)
    process.stdout.write(openOnly ? "There are no open reports.\n" : "There are no reports.\n");
  if (subjects.length === subjectsMax)
    process.stdout.write(`At most ${subjectsMax} are shown: close reports to see others.\n`);
}

function linesOf({
  id,
  state,
  authorId,
  reporters,
  reports,
  open,
  reasons,
  newest,
}: ReportedSubject): string[] {
  const author = authorId ? ` by ${authorId}` : "";
  const counts = `${count(reporters, "reporter")}, ${count(reports, "report")}, ${open} open`;
  const why = reasons.map((each) => `${each.reason} ${each.count}`).join(", ");
  const words = newest[0]?.subjectState ?? "";
  return [
    `${id}${author} (${state}): ${counts}: ${why}`,
    `    reported as: ${oneLine(words, wordsMax)}`,
    ...newest.map(reportLine),
    ...(reports > newest.length ? [`    and ${count(reports - newest.length, "older report")}`] : []),
  ];
}

function reportLine(report: ReportedSubject["newest"][number]): string {
  const { id, receivedAt, reason, reporterId, note, closedAt, closingNote } = report;
  const closed = closedAt ? `  [closed ${closedAt.toISOString()}: ${oneLine(closingNote ?? "")}]` : "";
  return `    ${id}  ${receivedAt.toISOString()}  ${reason}  from ${reporterId}${closed}  ${oneLine(note)}`.trimEnd();
}

async function close(
  { db }: CommandTools,
  id: string,
  { note, sameSubject = false }: CloseOptions,
): Promise<void> {
  const clock = await DatabaseClock.measure(db);
  const { report, closed } = await closeReports({ db, clock }, { id, note, sameSubject });
  const { closedAt, closingNote } = report;
  if (closed > 0) process.stdout.write(`Closed ${count(closed, "report")}.\n`);
  else if (closedAt)
    process.stdout.write(
      `${id} is closed already, since ${closedAt.toISOString()}: ${oneLine(closingNote ?? "")}\n`,
    );
  else process.stdout.write(`${id} was closed at the same time by another command.\n`);
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
