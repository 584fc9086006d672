// The doors of the admins, put together.
import type { Reports } from '../consistency/reports.ts';
import type { Audit } from '../moderation/audit.ts';
import { addAuditRoute } from './admin-audit.ts';
import { addConsistencyRoutes } from './admin-consistency.ts';
import { addReportRoutes, type ReportParts } from './admin-reports.ts';
import { addTakedownRoutes, type ModerationParts } from './admin-takedowns.ts';
import type { Routes } from './route.ts';

export interface AdminParts extends ModerationParts, ReportParts {
  audit: Audit;
  reports: Reports;
}

export function addAdminRoutes(routes: Routes, parts: AdminParts): void {
  addAuditRoute(routes, parts.audit);
  addConsistencyRoutes(routes, parts.reports);
  addReportRoutes(routes, parts);
  addTakedownRoutes(routes, parts);
}
