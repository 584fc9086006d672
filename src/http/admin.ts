// The doors of the admins, put together.
import type { GenerationDesk } from '../admin/generations.ts';
import type { StorageDesk } from '../admin/storage-desk.ts';
import type { Reports } from '../consistency/reports.ts';
import type { Audit } from '../moderation/audit.ts';
import { addAuditRoute } from './admin-audit.ts';
import { addConsistencyRoutes } from './admin-consistency.ts';
import { addGenerationDeskRoutes } from './admin-generations.ts';
import { addStorageRoutes } from './admin-storage.ts';
import type { Routes } from './route.ts';

export interface AdminParts {
  audit: Audit;
  reports: Reports;
  generationDesk: GenerationDesk;
  storageDesk: StorageDesk;
  publicUrl: string | undefined;
}

export function addAdminRoutes(routes: Routes, parts: AdminParts): void {
  addAuditRoute(routes, parts.audit);
  addConsistencyRoutes(routes, parts.reports);
  addGenerationDeskRoutes(routes, parts.generationDesk);
  addStorageRoutes(routes, parts.storageDesk, parts.publicUrl);
}
