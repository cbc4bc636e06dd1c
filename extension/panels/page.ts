// The page of a view: nothing may be loaded but the view's own script and style from the extension's dist.

export interface Page {
  /** vscode-webview's own source for local files. */
  readonly source: string;
  readonly script: string;
  readonly style: string;
  readonly nonce: string;
  readonly language: string;
  readonly title: string;
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Styles may stand in elements (charts and virtualised rows set them); scripts only with the nonce; no request leaves the window. */
export function pageOf({ source, script, style, nonce, language, title }: Page): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source} 'unsafe-inline'`,
    `font-src ${source}`,
    `img-src ${source} data:`,
  ].join('; ');
  return `<!doctype html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<link rel="stylesheet" href="${escape(style)}" id="vscode-codicon-stylesheet">
</head>
<body><script type="module" nonce="${nonce}" src="${escape(script)}"></script></body>
</html>`;
}
