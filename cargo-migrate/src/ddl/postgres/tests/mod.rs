mod pairs;
mod render;
mod server;
