import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ReferenceClient,
  ReferenceRequestError,
  ReferenceUnavailableError,
} from '../src/reference-client.ts';

describe('a Python reference that is there', () => {
  let reference: ReferenceClient;
  beforeAll(async () => {
    reference = await ReferenceClient.start();
  });
  afterAll(() => reference?.close());

  it('says its version', async () => {
    expect(await reference.version()).toEqual({
      kailash: '2.65.0',
      python: expect.stringMatching(/^3\.\d+\.\d+/),
    });
  });

  it('answers each of many requests with its own result', async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => i);
    const answers = await Promise.all(numbers.map((number) => reference.canonical([String(number)])));
    expect(answers.map(([answer]) => answer?.canonical)).toEqual(numbers.map(String));
  });

  it('passes its exceptions on, and goes on', async () => {
    const failed = reference.getChain('nowhere', 'agent-x');
    await expect(failed).rejects.toThrow(ReferenceRequestError);
    await expect(failed).rejects.toMatchObject({
      type: 'KeyError',
      message: expect.stringContaining("no world 'nowhere'"),
    });
    await expect(reference.canonical(['NaN'])).rejects.toMatchObject({ type: 'ValueError' });
    expect((await reference.canonical(['1.0']))[0]?.canonical).toBe('1.0');
  });

  it('refuses requests once it is closed', async () => {
    const other = await ReferenceClient.start();
    const asked = other.canonical(['1']);
    await other.close();
    expect(await asked).toHaveLength(1);
    await expect(other.version()).rejects.toThrow(ReferenceUnavailableError);
  });
});

describe('a Python reference that is not there', () => {
  it('names the file and the remedy when there is no Python', async () => {
    await expect(ReferenceClient.start('/nowhere/python')).rejects.toThrow(
      'The Python reference cannot be asked: there is no such file (/nowhere/python).\nRun npm run setup',
    );
  });

  it('says so when what is named is no Python', async () => {
    // Node understands neither the script nor the requests.
    await expect(ReferenceClient.start(process.execPath)).rejects.toThrow(ReferenceUnavailableError);
  });
});
