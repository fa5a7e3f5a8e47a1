#include "support.h"
#include <QtCore/QLibraryInfo>
#include <QtCore/QPointer>
#include <QtCore/QTranslator>
#include <QtGui/QFont>
#include <QtGui/QGuiApplication>
#include <QtGui/QIcon>
#include <QtGui/QPalette>
#include <QtQml/QQmlApplicationEngine>
#include <malloc.h>

static QPointer<QQmlEngine> engineOfWindow;

void speak(rust::Str language)
{
  static QList<QTranslator*> installed;
  for (QTranslator* translator : installed) {
    QCoreApplication::removeTranslator(translator);
    delete translator;
  }
  installed.clear();
  for (const QString& part : { QStringLiteral("qtbase_"), QStringLiteral("qtdeclarative_") }) {
    auto* translator = new QTranslator(QCoreApplication::instance());
    if (translator->load(part + textFrom(language), QLibraryInfo::path(QLibraryInfo::TranslationsPath))) {
      QCoreApplication::installTranslator(translator);
      installed.append(translator);
    } else {
      delete translator;
    }
  }
  if (engineOfWindow)
    engineOfWindow->retranslate();
}

int runWindow(rust::Str window, rust::Str version)
{
  static char name[] = "framboise-desktop";
  static char* arguments[] = { name, nullptr };
  static int count = 1;
  QGuiApplication app(count, arguments);
  QGuiApplication::setApplicationName(QString::fromLatin1(name));
  QGuiApplication::setApplicationDisplayName(QStringLiteral("Framboise"));
  QGuiApplication::setApplicationVersion(textFrom(version));
  QGuiApplication::setDesktopFileName(QStringLiteral("org.framboise.desktop"));
  QGuiApplication::setWindowIcon(QIcon::fromTheme(QStringLiteral("org.framboise.desktop")));
  QFont font(QStringLiteral("Inter"));
  font.setPixelSize(14);
  QGuiApplication::setFont(font);
  QQmlApplicationEngine engine;
  engineOfWindow = &engine;
  engine.load(QUrl(textFrom(window)));
  return engine.rootObjects().isEmpty() ? 1 : QGuiApplication::exec();
}

bool paletteIsDark()
{
  const QPalette palette = QGuiApplication::palette();
  return palette.color(QPalette::WindowText).lightness() > palette.color(QPalette::Window).lightness();
}

void keepMemoryTogether()
{
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
#endif
}

void giveBackMemory()
{
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
