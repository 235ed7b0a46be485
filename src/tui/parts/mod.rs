//! Small pieces that several screens draw with: text fitted to cells, columns, bars, the map. They must not know the fleet's
//! facts beyond what they are given, nor any screen.

pub mod bar;
pub mod columns;
pub mod diff;
pub mod list;
pub mod map;
pub mod text;
