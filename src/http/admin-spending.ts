// Doors to the switch that stops all spending, for admins.
import type { SpendingSwitch } from '../admin/spending-switch.ts';
import { SpendingOrder, SpendingState } from '../contract.ts';
import { ok, type Routes } from './route.ts';

const PATH = '/image-admin/spending';

export function addSpendingRoutes(routes: Routes, spendingSwitch: SpendingSwitch): void {
  routes.addAdmin({
    method: 'get',
    path: PATH,
    summary: "Whether spending is stopped, and today's money",
    replies: { 200: SpendingState },
    handle: async () => ok(await spendingSwitch.state()),
  });

  routes.addAdmin({
    method: 'put',
    path: PATH,
    summary: 'Stop all that costs money, or start it again',
    body: SpendingOrder,
    replies: { 200: SpendingState },
    handle: async (permissions, { body }) => ok(await spendingSwitch.turn(permissions, body)),
  });
}
