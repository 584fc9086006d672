// Lets our Express 5 application be mounted in any host, Express 4 included, without leaving traces on its requests.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';

type Next = (error?: unknown) => void;

/**
 * Express puts its own prototypes on the request and the response. A request that we pass on gets the host's back,
 * or the host's later routes would run with the methods of another Express.
 */
export function mountable(app: Express): (req: IncomingMessage, res: ServerResponse, next: Next) => void {
  return (req, res, next) => {
    const before = [Object.getPrototypeOf(req), Object.getPrototypeOf(res)];
    app(req as never, res as never, (error?: unknown) => {
      Object.setPrototypeOf(req, before[0]);
      Object.setPrototypeOf(res, before[1]);
      next(error);
    });
  };
}
