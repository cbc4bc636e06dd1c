// Style sheets are bundled by the build; a script imports them for that alone.
declare module '*.css';
