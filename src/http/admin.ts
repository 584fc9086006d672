// The doors of the admins, put together.
import type { Reports } from '../consistency/reports.ts';
import type { Audit } from '../moderation/audit.ts';
import { addAuditRoute } from './admin-audit.ts';
import { addConsistencyRoutes } from './admin-consistency.ts';
import { addErasureRoutes } from './admin-erasure.ts';
import type { PrivacyParts } from './my-data.ts';
import type { Routes } from './route.ts';

export interface AdminParts extends PrivacyParts {
  audit: Audit;
  reports: Reports;
}

export function addAdminRoutes(routes: Routes, parts: AdminParts): void {
  addAuditRoute(routes, parts.audit);
  addConsistencyRoutes(routes, parts.reports);
  addErasureRoutes(routes, parts);
}
