#pragma once
#include "rust/cxx.h"
#include <QtCore/QString>

// Rust moves a QString by copying its bytes, as Qt's own containers do.
template<>
struct rust::IsRelocatable<QString> : std::true_type {};
static_assert(sizeof(QString) == 3 * sizeof(void*) && QTypeInfo<QString>::isRelocatable);

inline QString textFrom(rust::Str text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }
inline rust::String textOf(const QString& text)
{
  const QByteArray bytes = text.toUtf8();
  return rust::String::lossy(bytes.data(), size_t(bytes.size()));
}
inline void dropText(QString& text) { text.~QString(); }

// Shows the window until it is closed; its exit code.
int runWindow(rust::Str window, rust::Str version);
// Qt's own dialogs in this language.
void speak(rust::Str language);
// Whether the system's palette is dark, where no portal tells.
bool paletteIsDark();
// Gives memory that is free back to the system: the C library keeps what thousands of short requests leave behind.
void keepMemoryTogether();
void giveBackMemory();
