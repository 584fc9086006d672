// The real program with a hostile world around it: a Replicate and an S3 that do as told, a host of files made to hurt, and a
// stranger whom nobody may call. All that the program writes is kept, at its most talkative level.
import BetterSqlite3 from 'better-sqlite3';
import type { Generation } from '../../src/contract.ts';
import type { OpenApi } from '../fuzz/requests.ts';
import { type Answer, createWire } from '../fuzz/wire.ts';
import { openStranger, type Stranger } from '../reliability/faults/neighbours.ts';
import { S3Double } from '../reliability/faults/s3-double.ts';
import { until } from '../reliability/world.ts';
import { ADMIN, createForumFile, ELINA, type ForumFile, GAME, GM, VAINO } from '../support/forum-file.ts';
import {
  type Program,
  replicateSettings,
  type Settings,
  s3Settings,
  settingsFor,
  startProgram,
} from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { type Client, JWT_SECRET, tokenOf } from '../support/service.ts';
import { FileHost } from './file-host.ts';

export interface Call {
  user?: 'anonymous' | 'player' | 'other' | 'gm' | 'admin';
  /** Below /api unless it begins with another sign than a letter. */
  path: string;
  method?: string;
  headers?: Record<string, string>;
  /** JSON, and said to be, unless it is a text or bytes. */
  body?: unknown;
}

export const WEBHOOK_SECRET = 'whsec_c2VjdXJpdHkgY2hlY2tzIHNpZ24gd2l0aCB0aGlz';
export const SCENE = 'a lighthouse of marzipan at dusk';
export const DRAFTS = `games/${GAME}/images`;

const earlier = (column: string) => `${column} = strftime('%Y-%m-%dT%H:%M:%fZ', ${column}, '-61 minutes')`;
const AN_HOUR_AGO = `
  UPDATE image_generations SET ${earlier('submitted_at')}, ${earlier('created_at')}
  WHERE id = ? AND created_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-60 minutes')`;

export class SecurityStage implements AsyncDisposable {
  readonly double: ReplicateDouble;
  readonly s3: S3Double;
  readonly files: FileHost;
  readonly stranger: Stranger;
  readonly forum: ForumFile;
  program!: Program;
  elina!: Client;
  /** The document that the program gives of itself. */
  api!: OpenApi;
  /** Everything the program has written, and everything it has answered. */
  log = '';
  told = '';
  #logins: [role: string, token: string][] = [];
  #wire!: ReturnType<typeof createWire>;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(parts: Pick<SecurityStage, 'double' | 's3' | 'files' | 'stranger'>) {
    this.double = parts.double;
    this.s3 = parts.s3;
    this.files = parts.files;
    this.stranger = parts.stranger;
    this.forum = createForumFile();
  }

  /** @param keeps where pictures go */
  static async open(keeps: 'disk' | 's3' = 'disk', more: Settings = {}): Promise<SecurityStage> {
    const stranger = await openStranger();
    const [double, s3, files] = await Promise.all([
      ReplicateDouble.start(),
      S3Double.start(),
      FileHost.start(stranger.port),
    ]);
    const stage = new SecurityStage({ double, s3, files, stranger });
    await stage.#start(keeps, more);
    return stage;
  }

  async #start(keeps: 'disk' | 's3', more: Settings): Promise<void> {
    const allowed = [this.double.outputOrigin, this.files.origin, `https://localhost:${this.stranger.port}`];
    const settings = settingsFor(this.forum, {
      ...replicateSettings(this.double),
      REPLICATE_OUTPUT_ORIGINS: [...allowed, 'https://*.replicate.delivery'].join(),
      REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      PUBLIC_URL: 'https://forum.example',
      LOG_LEVEL: 'trace',
      ...(keeps === 's3' && s3Settings({ ...this.s3.address, stop: async () => {} })),
      ...more,
    });
    this.program = await startProgram(settings, undefined, (chunk) => {
      this.log += chunk;
    });
    const roles = { player: ELINA, other: VAINO, gm: GM, admin: ADMIN };
    this.#logins = await Promise.all(
      Object.entries(roles).map(async ([role, id]): Promise<[string, string]> => [role, await tokenOf(id)]),
    );
    const cookies = Object.fromEntries(this.#logins.map(([role, token]) => [role, `token=${token}`]));
    this.#wire = createWire(this.program.origin, cookies as never);
    this.elina = await this.program.as(ELINA);
    this.api = (await this.elina.get<OpenApi>('/image-openapi.json')).body;
  }

  /** What is said here and there and must never be written down, by what it is. */
  get secrets(): Record<string, string> {
    return {
      'the secret of logins': JWT_SECRET,
      'the API token': this.double.token,
      'the S3 key': this.s3.address.secretAccessKey,
      'the webhook secret': WEBHOOK_SECRET,
      'the webhook secret, decoded': Buffer.from(WEBHOOK_SECRET.slice(6), 'base64').toString(),
      ...Object.fromEntries(this.#logins.map(([role, token]) => [`the login of ${role}`, token])),
    };
  }

  async send({ user = 'anonymous', path, method = 'GET', headers = {}, body }: Call): Promise<Answer> {
    const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
    const bytes = body === undefined ? undefined : Buffer.from(raw ? (body as Buffer) : JSON.stringify(body));
    const type: Record<string, string> = bytes ? { 'content-type': 'application/json' } : {};
    const answer = await this.#wire.send({
      user,
      method,
      path: /^\w/.test(path) ? `/api/${path}` : path,
      headers: { ...type, ...headers },
      body: bytes,
    });
    this.told += `${answer.text}\n`;
    return answer;
  }

  /** A picture whose provider says that it lies at `output`; how it ended. */
  async pictureAt(output: unknown): Promise<Generation> {
    // One after the other until the provider has it: what it is to say next is told to it beforehand.
    const asked = this.#turn.then(async () => {
      const billed = this.double.bill.length;
      this.double.nextOutcome({ output });
      const { body } = await this.elina.post<Generation>(`/${DRAFTS}`, { mode: 'scene', scene: SCENE });
      await until('the provider has it', () => this.double.bill.length > billed);
      return body;
    });
    this.#turn = asked.catch(() => {});
    return this.#finished(await asked, String(output));
  }

  /** What may be over in a minute is tried for an hour: after more tries than anything else gets, that hour is over. */
  async #finished({ id }: Generation, output: string): Promise<Generation> {
    const tries = () => this.files.asked.get(output.replace(this.files.origin, '')) ?? 0;
    const deadline = Date.now() + 90_000;
    for (;;) {
      const { body } = await this.elina.get<Generation>(`/generations/${id}`);
      if (Date.now() > deadline) throw new Error(`still ${body.status} after 90 s`);
      this.told += `${JSON.stringify(body.error)}\n`;
      if (body.finished_at) return body;
      this.#write(
        'UPDATE image_generations SET run_at_ms = 0 WHERE run_at_ms > ? AND lease_until_ms = 0',
        Date.now() + 200,
      );
      if (tries() > 3) this.#write(AN_HOUR_AGO, id);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Unless the file is in use at this moment. */
  #write(sql: string, value: string | number): void {
    const db = new BetterSqlite3(this.forum.path, { timeout: 0 });
    try {
      db.prepare(sql).run(value);
    } catch (error) {
      if (!/^SQLITE_BUSY/.test(String((error as { code?: string }).code))) throw error;
    } finally {
      db.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wire?.close();
    await this.program?.end('SIGKILL');
    await Promise.all([this.double.close(), this.s3.close(), this.files.close(), this.stranger.close()]);
    this.forum.remove();
  }
}
