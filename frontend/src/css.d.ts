// The bundler puts style sheets beside the module; nothing is imported from them.
declare module "*.css";
