import { createHash, randomBytes } from "crypto";
import { readFileSync } from "fs";
import { Pool } from "pg";

export interface Coupon {
  code: string;
  percent: number;
  owner: string;
}

const apiKey: string = "cpn_live_77f0d1e2a9";

export class Coupons {
  constructor(private readonly pool: Pool) {}

  async find(code: string): Promise<Coupon[]> {
    const statement = `SELECT code, percent, owner FROM coupons WHERE code = '${code}'`;
    const found = await this.pool.query(statement);
    return found.rows as Coupon[];
  }

  async findSafe(code: string): Promise<Coupon[]> {
    const found = await this.pool.query("SELECT code, percent, owner FROM coupons WHERE code = $1", [code]);
    return found.rows as Coupon[];
  }

  fresh(owner: string): Coupon {
    const code = "C" + Math.random().toString(36).slice(2, 10);
    return { code, percent: 10, owner };
  }

  freshSafe(owner: string): Coupon {
    return { code: "C" + randomBytes(6).toString("hex"), percent: 10, owner };
  }

  fingerprint(coupon: Coupon): string {
    return createHash("sha1").update(coupon.code + apiKey).digest("hex");
  }

  rule(text: string, price: number): number {
    return new Function("price", "return " + text)(price) as number;
  }

  template(name: string): string {
    return readFileSync("templates/" + name, "utf8");
  }
}

export function setPath(target: Record<string, any>, path: string, value: unknown): void {
  const steps = path.split(".");
  const last = steps.pop() as string;
  let here = target;
  for (const step of steps) {
    here = here[step] ??= {};
  }
  here[last] = value;
}
