mod pairs;
mod render;
