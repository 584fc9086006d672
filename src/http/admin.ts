// The doors of the admins, put together.
import type { Accounts } from '../admin/accounts.ts';
import type { GenerationDesk } from '../admin/generations.ts';
import type { SpendingSwitch } from '../admin/spending-switch.ts';
import type { StorageDesk } from '../admin/storage-desk.ts';
import type { UsageReports } from '../admin/usage.ts';
import type { Reports } from '../consistency/reports.ts';
import type { Audit } from '../moderation/audit.ts';
import { addAuditRoute } from './admin-audit.ts';
import { addConsistencyRoutes } from './admin-consistency.ts';
import { addAdminCreditRoutes } from './admin-credits.ts';
import { addErasureRoutes } from './admin-erasure.ts';
import { addGenerationDeskRoutes } from './admin-generations.ts';
import { addReportRoutes, type ReportParts } from './admin-reports.ts';
import { addSpendingRoutes } from './admin-spending.ts';
import { addStorageRoutes } from './admin-storage.ts';
import { addTakedownRoutes, type ModerationParts } from './admin-takedowns.ts';
import { addUsageRoute } from './admin-usage.ts';
import type { PrivacyParts } from './my-data.ts';
import type { Routes } from './route.ts';

export interface AdminParts extends ModerationParts, PrivacyParts, ReportParts {
  audit: Audit;
  reports: Reports;
  accounts: Accounts;
  usage: UsageReports;
  spendingSwitch: SpendingSwitch;
  generationDesk: GenerationDesk;
  storageDesk: StorageDesk;
  publicUrl: string | undefined;
}

export function addAdminRoutes(routes: Routes, parts: AdminParts): void {
  addAuditRoute(routes, parts.audit);
  addConsistencyRoutes(routes, parts.reports);
  addAdminCreditRoutes(routes, parts.accounts);
  addUsageRoute(routes, parts.usage);
  addSpendingRoutes(routes, parts.spendingSwitch);
  addErasureRoutes(routes, parts);
  addReportRoutes(routes, parts);
  addTakedownRoutes(routes, parts);
  addGenerationDeskRoutes(routes, parts.generationDesk);
  addStorageRoutes(routes, parts.storageDesk, parts.publicUrl);
}
