import { expect, it } from 'vitest';
import { apiPages } from './api-page.ts';

const pages = new Map(apiPages());
const page = pages.get('/docs')!();
const html = String(page.body);

it('the page runs, loads and calls nothing but what is served here', () => {
  expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
  const policy = page.headers['content-security-policy'];
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(html).not.toMatch(/https?:|\sstyle=|\son\w+=|<script(?! src="\/docs\/)|<style/);
});

it('every file that the page names is served with its type', () => {
  const files = [...html.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map((match) => match[1]!);
  expect(files).toHaveLength(4);
  for (const file of files) {
    const { headers, body } = pages.get(file)!();
    expect(headers['content-type']).toMatch(file.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
    expect(body!.length).toBeGreaterThan(50);
    expect(pages.get(file)!().body).toBe(body);
  }
});

it('the page starts with a document of the server, whichever the URL asks for', () => {
  const start = String(pages.get('/docs/start.js')!().body);
  const urls = ['', '?version=v1.0', '?version=https://elsewhere.example/x'].map((search) => {
    let url = '';
    new Function('SwaggerUIBundle', 'location', start)(
      (options: { url: string }) => {
        url = options.url;
      },
      { search },
    );
    return url;
  });
  expect(urls).toEqual(['/beta/openapi.json', '/v1.0/openapi.json', '/beta/openapi.json']);
});
