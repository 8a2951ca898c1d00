// Users' reports of works and users. Guarantees: a user has one open report of a subject, the daily quota is exact, and a
// report keeps the subject's words as they were.

export { closeReports } from "./close-reports.js";
export { listReportedSubjects, type ReportedSubject } from "./reported-subjects.js";
export { reportChecks } from "./reports.checks.js";
export { type ReportsSettings, reportsSettings } from "./reports.config.js";
